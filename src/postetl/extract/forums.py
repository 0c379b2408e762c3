"""How forum software names the posts of a thread, as its own public templates and skins have it.

A row is one layout: where an opening post is asked for, replies without it are no thread but the comments under something else.
"""

import re
from dataclasses import dataclass

# What a page calls itself, in lower case: its address, generator, and the names on <html> and <body>. To look for sixty words takes a tenth of the
# time of one regular expression of them all.
_NAMED = (
    "forum", "thread", "topic", "discuss", "discours", "discuz", "communit", "coffeehouse", "xenforo", "phpbb", "punbb", "fluxbb", "bbpress", "mybb", "yabb", "vbulletin", "ipsapp",
    "nodebb", "flarum", "vanilla", "simplemachines", "woltlab", "burningboard", "question-page", "question2answer", "askbot", "qapage", "khoros", "lithium", "telligent",
    "jforum", "hyperkitty", "lobste", "lemmy", "piefed", "showflat", "ubbthreads", "messageboard", "message-board", "show_bug.cgi", "/t/", "/s/", "/talk/", "/comments/",
    "/question/", "/questions/", "/answer/", "/answers/", "/question-", "/questions-", "/item?id=",
)  # fmt: skip
_PATHS = re.compile(r"/(?:issues/\d|pull/\d|merge_requests/\d|post/\d+(?:$|[\s?#])|~[\w.]+/\w+/)")
_PARTS = ("board", "bbs", "xf", "smf", "quora", "jive", "mbin", "op=item", "lia-")
_WORDS = re.compile(r"\b(?:boards?|bbs|xf|smf|quora|jive|mbin|op=item)\b|\blia-")
# What software calls a page of its own that is no thread, although posts' markup stands on it.
_CLASSES = re.compile(r"\.([a-z_-][\w-]*)(?![^\[]*\])")  # but for points in an attribute's value
_OTHER = re.compile(
    r"\bdata-template=(?!thread_view)\w|\bdata-pageapp=(?!forums\b)\w|faqpage|\b(?:single-post|page-node-type-(?:article|blog|page)|node-type-(?:article|blog|page)|item-view)\b"
)


def says_so(called: str) -> bool:
    called = called.lower()
    named = any(map(called.__contains__, _NAMED)) or _PATHS.search(called) is not None
    named = named or (any(map(called.__contains__, _PARTS)) and _WORDS.search(called) is not None)
    return named and _OTHER.search(called) is None


def narrowed(selectors: str, classes: frozenset[str]) -> str:
    """Those of a list of selectors whose classes are all on the page (in lower case, as old pages are matched): each one costs a walk through it."""
    return ", ".join([selector for selector in selectors.split(", ") if classes.issuperset(_CLASSES.findall(selector.lower()))])


@dataclass(frozen=True, slots=True)
class Layout:
    """CSS selectors of the bodies of a thread's posts: of all of them, and of the first alone where that has a name of its own.

    `sure`: names that no article bears, so one post is a thread.
    """

    posts: str
    opening: str = ""
    sure: bool = True


LAYOUTS = (  # the first that is there
    Layout(".js-post-body"),  # Stack Exchange
    Layout(".message-body .bbWrapper, .message-content .bbWrapper"),  # XenForo 2
    Layout(".messageContent .messageText, .messageBody .messageText"),  # XenForo 1, WoltLab
    Layout("[data-role=commentContent]"),  # Invision 4, 5
    Layout(".post_body .entry-content, .post_wrap .entry-content"),  # Invision 3
    Layout(".postcolor"),  # Invision 2
    Layout("[component='post/content']"),  # NodeBB
    Layout(".Post-body", sure=False),  # Flarum
    Layout(".userContent, .Item-Body .Message", sure=False),  # Vanilla
    Layout("shreddit-post [slot=text-body], shreddit-comment [slot=comment]"),  # Reddit
    Layout(".sitetable .usertext-body .md"),  # Reddit, old
    Layout(".story_text, .comment_text", sure=False),  # Lobsters
    Layout(".toptext, .commtext"),  # Hacker News
    Layout(".topic-full-text, .comment-itself .comment-text"),  # Tildes
    Layout(".md-div", sure=False),  # Lemmy
    Layout("[class*=lia-message-body-content]"),  # Khoros
    Layout(".bbp-topic-content, .bbp-reply-content"),  # bbPress
    Layout(".wpforo-post-content"),  # wpForo
    Layout(".post-element .post-message"),  # Asgaros
    Layout(".post_body[id^=pid_]"),  # MyBB
    Layout(".postbody .content"),  # phpBB 3
    Layout(".postmsg"),  # FluxBB, PunBB 1.2
    Layout(".post-entry .entry-content, .postbody .entry-content"),  # PunBB 1.3, Forumotion
    Layout("[id^=post_message_]"),  # vBulletin 3, 4
    Layout(".js-post__content-text"),  # vBulletin 5
    Layout("[id^=msg_].inner, .post > [id^=msg_]"),  # Simple Machines 2
    Layout("#quickModForm .post"),  # Simple Machines 1
    Layout("[id^=postmessage_]"),  # Discuz!
    Layout("td > .postbody"),  # phpBB 2, subSilver, JForum
    Layout(".qa-q-view-content, .qa-a-item-content, .qa-c-item-content"),  # Question2Answer
    Layout("[id^=js-post-body-] .js-editable-content, .js-answer .post-body"),  # Askbot
    Layout(".question-body, .answer-body", sure=False),  # OSQA, AnswerHub
    Layout(".js-comment-body"),  # GitHub
    Layout("[data-testid=markdown-body] .markdown-body, [data-testid=markdown-body].markdown-body"),
    Layout(".note-text", opening=".detail-page-description .md"),  # GitLab
    Layout(".bz_comment_text"),  # Bugzilla
    Layout(".jive-rendered-content"),  # Jive
    Layout(".thread-message-content-body-text"),  # Microsoft
    Layout(".email .email-body", sure=False),  # HyperKitty
    Layout("section[data-author] [role=region]"),  # Google Groups
    Layout(
        ".comment .field--name-comment-body, .comment .field-name-comment-body",
        opening=".node--type-forum .field--name-body, .node-forum .field-name-body",
    ),  # Drupal 8, 7
    Layout(".comment-body", opening=".community-enabled .post-body"),  # Zendesk
    Layout(".puppeteer_test_answer_content"),  # Quora
    Layout("article .body [id^=text-], [id^=comment_body_]", sure=False),  # Slashdot
    Layout(
        "[itemtype*=DiscussionForumPosting] [itemprop=articleBody], [itemtype*=Comment] [itemprop=text], [itemtype*=DiscussionForumPosting] [itemprop=text], [itemtype*=Question] [itemprop=text],"
        " [itemtype*=Answer] [itemprop=text]",
        sure=False,
    ),
    Layout(".topic-body .cooked", sure=False),  # Discourse
    Layout("[itemprop=text]", sure=False),
    Layout(".post_body", sure=False),
    Layout(".msg_body", sure=False),
)
# Earlier posts, quoted: they stand in the thread already. And what stands in or under posts that nobody wrote there: signatures, notes of edits,
# polls, what others thought of it.
REPEATED = (
    ".bbCodeBlock--quote, .bbCodeQuote, .ipsQuote, .ipsBlockquote, aside.quote, .quoteheader, .bbc_standard_quote, .quotebox, .quoteBox, .postbody .content > blockquote, .bbcode_quote, .quotetitle,"
    " .quotecontent, div.quote, p.citation, .quotetop, .quotemain, .mycode_quote, .UserQuote, .Quote, .js-quoteEmbed, .embedQuote, .quoted-text, .quoted-switch, .jive-quote, .wpforo-quote, .codeblock-quote, .gmail_quote,"
    " .message-signature, .messageSignature, .signature, .post-signature, .UserSignature, .Signature, .sig-content, .postsignature, [data-role=memberSignature], .wpforo-post-signature, .bbp-signature,"
    " .postedit, p.edit, .post_edit, .editedby, .edited_post, .pstatus, [data-excludequote], .bbp-topic-revision-log, .bbp-reply-revision-log, .last-edited, .lastEdited, .messageFooterNote, .post-edit-date,"
    " .codebox > p, .codebox > dt, .codetitle, .codeheader, .bbcode_description, .bbCodeBlock--code .bbCodeBlock-title, .bbCodeCode .type, .codeblock > .title, .blockcode > em,"
    " .js-post-menu, .gensmall, .jammer, [id^=post-quote-container-], .bbCodeBlock-expandLink, .poll, .likes, .reactionsBar, .crawler-linkback-list, script, style, button, form"
)
QUOTES_IN_TABLES = "td.quote, .smallfont + table"  # phpBB 2, vBulletin 3: with the line above that says whose
TOLD = "[itemprop=author] a, [itemprop=author] [itemprop=name], [itemprop=author]"  # to machines: sooner than whoever edited the post last
AUTHORS = (
    ".message-name, .username, .bigusername, .poster h4, .poster, [rel~=author], .author, .user-name, .userName, .names, .user-details a, .ipsType_break,"
    " a.user, .name, .ipsEntry__username, .ipsUsername, .normalname, .postauthor, .post_author .largetext, .author_information strong, .bbp-author-name, .author-name, .post-username, .postleft dt strong,"
    " .post-byline a, .PostUser-name, .authi a, .qa-user-link, .hnuser, .link-user, .person-listing, [class*=lia-user-name], .bz_comment_user, .creator b, .email-author, .comment-author, .byline a[href*='/~'],"
    " .jive-username-link, .j-post-author, .Author, .messageAuthor .username"
)
LIKE_AUTHORS = "[class*=username i], [class*=user-name i], [class*=author i], [class*=nickname i], [class*=displayname i], [class*=display-name i]"
SAID = ("data-author", "author", "data-username", "data-poster")  # attributes of a post's box that hold its author's name
PROFILE = re.compile(
    r"/(?:users?|u|members?|profiles?|people|person|author)s?[/.-]|[?&;](?:action=profile|action=viewprofile|mode=viewprofile|u=\d|uid[=-]\d)|member\.php|profile\.php|/user-\d|/@\w|space-uid",
    re.IGNORECASE,
)
