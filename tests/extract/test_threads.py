"""Threads in the markup of each common forum software, with what stands around posts there; and blogs with comments, which are none."""

import json
from dataclasses import dataclass

import pytest

from postetl.extract import extract

POSTS = (
    ("anna-k", "Has anybody here repaired the latch of an old garden gate without taking the whole gate off its hinges first?"),
    ("Ben", "I did last spring: a longer screw and a washer under the strike plate were enough, and it has held ever since."),
    ("cara77", "Mine needed a new spring as well, so look at the spring before you go and buy any screws for it at all."),
)
TEXT = "\n\n".join(f"**{name}**\n\n{said}" for name, said in POSTS)
ASIDE = "NOISE that nobody wrote in this thread, although it stands right beside the posts of it."


@dataclass(frozen=True)
class Case:
    """`post`: one post, with NAME, BODY and N for its number; `quote`: how an earlier post stands in a later one; `first`: the opening post, where it is another."""

    post: str
    address: str = "https://example.org/forum/thread/17"
    quote: str = ""
    first: str = ""
    html: str = ""
    body: str = ""
    head: str = ""
    around: str = "POSTS"


def filled(case: Case) -> str:
    pieces = []
    for number, (name, said) in enumerate(POSTS):
        template = case.first if case.first and not number else case.post
        quoted = case.quote.replace("QUOTED", POSTS[0][1]).replace("NAME", POSTS[0][0]) if number == 1 else ""
        pieces.append(template.replace("NAME", name).replace("BODY", f"{quoted}{said}").replace("NUM", str(4711 + number)))
    return (
        f"<!DOCTYPE html><html {case.html}><head><title>Gate latch</title>{case.head}</head><body {case.body}><nav><a href=/>Start</a> <a href=/forum>All forums</a></nav><h1>Gate latch</h1>"
        f"{case.around.replace('POSTS', ''.join(pieces))}<div class=similar><h3>Similar threads</h3><ul><li><a href=/t/1>Squeaking door</a><li><a href=/t/2>Rusty hinge</a></ul></div><footer>About us</footer></body></html>"
    )


N = f"<div>{ASIDE}</div>"
CASES = {
    "Discourse for crawlers": Case(
        "<div id=post_NUM itemprop=comment itemscope itemtype='http://schema.org/Comment' class='topic-body crawler-post'><div class=crawler-post-meta><span class=creator itemprop=author itemscope "
        "itemtype='http://schema.org/Person'><a itemprop=url rel=nofollow href=/u/NAME><span itemprop=name>NAME</span></a></span><span class=crawler-post-infos><time itemprop=datePublished>May 3, 2024</time> "
        "<span itemprop=position>2</span></span></div><div class=post itemprop=text><p>BODY</p></div><div itemprop=interactionStatistic>1 Like</div>"
        "<div class=crawler-linkback-list><a href=/t/9>Another topic</a></div></div>",
        address="https://example.org/t/gate-latch/17",
        quote="<aside class=quote data-username=NAME><div class=title>NAME:</div><blockquote><p>QUOTED</p></blockquote></aside>",
        head="<meta name=generator content='Discourse 3.4'>",
    ),
    "Discourse without scripts": Case(
        "<div itemscope itemtype='http://schema.org/DiscussionForumPosting'><div class=creator><span><a href='/u/NAME'><b itemprop=author>NAME</b></a> <time itemprop=datePublished>May 3, 2024</time></span>"
        "<span itemprop=position>#2</span></div><div class=post itemprop=articleBody><p>BODY</p></div><meta itemprop=headline content='Gate latch'><hr></div>",
        address="https://example.org/t/gate-latch/17",
        quote="<aside class=quote><div class=title>NAME:</div><blockquote><p>QUOTED</p></blockquote></aside>",
        around="<noscript data-path='/t/gate-latch/17'><div id=main-outlet>POSTS</div></noscript>",
    ),
    "Discourse in a browser": Case(
        "<div class=topic-post><article id=post_NUM><div class='topic-avatar'></div><div class='topic-body clearfix'><div class=topic-meta-data><div class='names trigger-user-card'><span class='first username'>"
        "<a href='/u/NAME' data-user-card=NAME>NAME</a></span></div></div><div class='regular contents'><div class=cooked><p>BODY</p></div><section class=post-menu-area>Reply</section></div></div></article></div>",
        address="https://example.org/t/gate-latch/17",
        quote="<aside class=quote><blockquote><p>QUOTED</p></blockquote></aside>",
    ),
    "phpBB 3": Case(
        "<div id=pNUM class='post has-profile bg2'><div class=inner><dl class=postprofile id=profileNUM><dt><a href='./memberlist.php?mode=viewprofile&amp;u=2' class=username>NAME</a></dt><dd>Posts: 25</dd></dl>"
        "<div class=postbody><div id=post_contentNUM><h3><a href='#pNUM'>Re: Gate latch</a></h3><p class=author>by <strong><a class=username href=x>NAME</a></strong> &raquo; 3 May 2024</p><div class=content>BODY</div>"
        f"<div class=notice>{ASIDE}</div><div id=sigNUM class=signature>{ASIDE}</div></div></div></div></div>",
        address="https://example.org/viewtopic.php?t=17",
        quote="<blockquote><div><cite>NAME wrote:</cite>QUOTED</div></blockquote>",
        body="id=phpbb class='nojs section-viewtopic ltr'",
    ),
    "phpBB 3, subsilver2": Case(
        "<table class=tablebg><tr class=row1><td align=center><a name=pNUM></a><b class=postauthor>NAME</b></td><td><table><tr><td class=gensmall><b>Post subject:</b> Gate latch</td></tr></table></td></tr><tr class=row1>"
        "<td class=profile><span class=postdetails><b>Joined:</b> 2005<br><b>Posts:</b> 12</span></td><td valign=top><table width='100%'><tr><td><div class=postbody>BODY</div>"
        f"<div class=postbody><br>_________________<br>{ASIDE}</div><br><span class=gensmall>Last edited by x on Friday, edited 1 time in total.</span></td></tr></table></td></tr></table>",
        address="https://example.org/viewtopic.php?t=17",
        quote="<div class=quotetitle>NAME wrote:</div><div class=quotecontent>QUOTED</div>",
        around="<div id=wrapcentre>POSTS</div>",
    ),
    "phpBB 2": Case(
        "<tr><td width=150 class=row1><span class=name><a name=NUM></a><b>NAME</b></span><br><span class=postdetails>Joined: 2003<br>Posts: 12</span></td><td class=row1><table><tr><td><span class=postdetails>Posted: Fri"
        "</span></td></tr><tr><td colspan=2><span class=postbody>BODY</span><span class=postbody><br>_________________<br>NOISE</span><span class=gensmall><br>Last edited by x</span></td></tr></table></td></tr>",
        address="https://example.org/phpBB2/viewtopic.php?t=17",
        quote="</span><table align=center><tr><td><span class=genmed><b>NAME wrote:</b></span></td></tr><tr><td class=quote>QUOTED</td></tr></table><span class=postbody>",
        around="<table class=forumline>POSTS</table>",
    ),
    "XenForo 2": Case(
        "<article class='message message--post js-post' data-author=NAME data-content=post-NUM id=js-post-NUM><div class=message-inner><div class='message-cell message-cell--user'><section class=message-user><h4 class=message-name>"
        "<a href='/members/NAME.1/' class=username><span class='username--staff'>NAME</span></a></h4><h5 class='userTitle message-userTitle'>Member</h5></section></div><div class='message-cell message-cell--main'>"
        "<div class=message-content><div class='message-userContent lbContainer'><article class='message-body js-selectToQuote'><div class=bbWrapper>BODY</div></article></div>"
        f"<aside class=message-signature><div class=bbWrapper>{ASIDE}</div></aside></div><footer class=message-footer><div class='reactionsBar'>x, y and z</div></footer></div></div></article>",
        quote="<blockquote class='bbCodeBlock bbCodeBlock--expandable bbCodeBlock--quote js-expandWatch'><div class=bbCodeBlock-title>NAME said:</div><div class=bbCodeBlock-content>QUOTED</div></blockquote>",
        html="id=XF data-app=public data-template=thread_view",
        around=f"<div class='block block--poll'>{ASIDE}</div>POSTS",
    ),
    "XenForo 1": Case(
        "<li id=post-NUM class='message' data-author=NAME><div class=messageUserInfo><div class=messageUserBlock><h3 class=userText><a class=username href='members/1/'>NAME</a><em class=userTitle>Member</em></h3></div></div>"
        "<div class='messageInfo primaryContent'><div class=messageContent><article><blockquote class='messageText SelectQuoteContainer ugc baseHtml'>BODY</blockquote></article></div>"
        f"<div class='baseHtml signature messageText ugc'><aside>{ASIDE}</aside></div><div class=messageMeta>#2</div></div></li>",
        quote="<div class='bbCodeBlock bbCodeQuote'><aside><div class='attribution type'>NAME said:</div><blockquote class=quoteContainer>QUOTED</blockquote></aside></div>",
        html="id=XenForo",
    ),
    "WoltLab Suite": Case(
        "<article id=postNUM class='wbbPost message messageSidebarOrientationLeft jsMessage'><aside class='messageSidebar member'><div class=messageAuthor><div class=messageAuthorContainer><a href='/user/2-x/' class='username userLink'>"
        "<span>NAME</span></a></div><div class=userTitle><span class=badge>Schüler</span></div></div></aside><div class=messageContent><header class=messageHeader><ul class=messageHeaderMetaData><li>3. Mai 2024</li></ul></header>"
        f"<div class=messageBody><div class=messageText><p>BODY</p></div></div><footer class=messageFooter><div class=messageSignature><div>{ASIDE}</div></div></footer></div></article>",
        quote="<blockquote class='quoteBox collapsibleBbcode'><div class=quoteBoxTitle>Zitat von NAME</div><div class=quoteBoxContent>QUOTED</div></blockquote>",
    ),
    "vBulletin 3": Case(
        "<table id=postNUM class=tborder><tr><td class=thead>03-05-2024</td></tr><tr><td class=alt2><div id=postmenu_NUM><a class=bigusername href='member.php?u=2'>NAME</a></div><div class=smallfont>Senior Member</div>"
        "<div class=smallfont>Posts: 1,234</div></td></tr><tr><td class=alt1 id=td_post_NUM><div class=smallfont><strong>Gate latch</strong></div><hr><div id=post_message_NUM>BODY</div>"
        f"<div>__________________<br>{ASIDE}</div><div class=smallfont><em>Last edited by x</em></div></td></tr></table>",
        address="https://example.org/showthread.php?t=17",
        quote="<div style='margin:20px; margin-top:5px; '><div class=smallfont style='margin-bottom:2px'>Quote:</div><table width='100%'><tr><td class=alt2><div>Originally Posted by <strong>NAME</strong></div>"
        "<div>QUOTED</div></td></tr></table></div>",
        head="<meta name=generator content='vBulletin 3.8.11'>",
    ),
    "vBulletin 4": Case(
        "<li class='postbitlegacy postbitim postcontainer' id=post_NUM><div class=posthead><span class=date>03-05-2024</span></div><div class=postdetails><div class=userinfo><div class=username_container><a class='username offline' href='member.php?2'>"
        "<strong>NAME</strong></a></div><span class=usertitle>Senior Member</span><dl class=userinfo_extra><dt>Posts</dt><dd>1,234</dd></dl></div><div class=postbody><div class=postrow><h2 class=title>Re: Gate latch</h2><div class=content>"
        "<div id=post_message_NUM><blockquote class='postcontent restore'>BODY</blockquote></div></div></div>"
        f"<div class='after_content'><blockquote class='signature restore'><div class=signaturecontainer>{ASIDE}</div></blockquote></div></div></div></li>",
        address="https://example.org/showthread.php?17-Gate",
        quote="<div class=bbcode_container><div class=bbcode_quote><div class=quote_container><div class=bbcode_postedby>Originally Posted by <strong>NAME</strong></div><div class=message>QUOTED</div></div></div></div>",
    ),
    "vBulletin 5": Case(
        "<li data-node-id=NUM class='b-post b-post--withoutlegs js-post' itemscope itemtype='https://schema.org/Comment'><div class='b-userinfo b-userinfo--vertical'><div class='b-userinfo__details'><div class='author' itemprop=author "
        "itemscope itemtype='https://schema.org/Person'><strong><a href='/member/2-x'><span itemprop=name>NAME</span></a></strong></div><div class=usertitle>Member</div></div></div><div class=b-post__content><h2 class=b-post__title>Re</h2>"
        f"<div class='js-post__content-text restore h-wordwrap' itemprop=text>BODY</div><div class='b-post__footer post-signature restore'>{ASIDE}</div></div></li>",
        quote="<div class=bbcode_container><div class=bbcode_quote><div class=quote_container><div class=message>QUOTED</div></div></div></div>",
        body="id=vb-page-body",
    ),
    "MyBB": Case(
        "<a id=pidNUM></a><div class='post ' id=post_NUM><div class=post_author><div class=author_avatar></div><div class=author_information><strong><span class=largetext><a href='/user-2.html'>NAME</a></span></strong><br>"
        "<span class=smalltext>Senior Member</span></div><div class=author_statistics>Posts: 12<br>Threads: 3</div></div><div class=post_content><div class=post_head><span class=post_date>2024-05-03</span></div>"
        f"<div class='post_body scaleimages' id=pid_NUM>BODY</div><div class='signature scaleimages'>{ASIDE}</div><div class=post_meta><span class=edited_post>(This post was last modified by x.)</span></div></div></div>",
        address="https://example.org/showthread.php?tid=17",
        quote="<blockquote class=mycode_quote><cite><span>(2024-05-03)</span>NAME Wrote: </cite>QUOTED</blockquote>",
        around="<div id=posts>POSTS</div>",
    ),
    "SMF 2": Case(
        "<div class=windowbg id=msgNUM><div class=post_wrapper><div class=poster><h4><a href='/index.php?action=profile;u=2' title='View the profile'>NAME</a></h4><ul class=user_info><li class=membergroup>Full Member</li>"
        "<li class=postcount>Posts: 120</li></ul></div><div class=postarea><div class=keyinfo><h5 id=subject_NUM><a href=x>Re: Gate latch</a></h5></div><div class=post><div class=inner id=msg_NUM>BODY</div></div></div>"
        f"<div class=moderatorbar><div class='smalltext modified'>Last Edit: today by x</div><div class=signature id=msg_NUM_signature>{ASIDE}</div></div></div></div>",
        address="https://example.org/index.php?topic=17.0",
        quote="<div class=quoteheader><a href=x>Quote from: NAME</a></div><blockquote class='bbc_standard_quote'>QUOTED</blockquote>",
    ),
    "SMF 1": Case(
        "<tr><td class=windowbg><table><tr><td valign=top rowspan=2><b><a href='/index.php?action=profile;u=2' title='View the profile of x'>NAME</a></b><div class=smalltext>Full Member<br>Posts: 120</div></td><td valign=top>"
        "<table><tr><td><div id=subject_NUM><a href=x>Re: Gate latch</a></div><div class=smalltext>on: 3 May</div></td></tr></table><hr><div class=post>BODY</div></td></tr><tr><td class=smalltext><div id=modified_NUM></div>"
        f"<hr><div class=signature>{ASIDE}</div></td></tr></table></td></tr>",
        address="https://example.org/index.php?topic=17.0",
        quote="<div class=quoteheader>Quote from: NAME</div><div class=quote>QUOTED</div>",
        around="<form id=quickModForm><table>POSTS</table></form>",
    ),
    "Invision 4": Case(
        "<a id=comment-NUM></a><article id=elComment_NUM class='cPost ipsBox ipsComment'><aside class='ipsComment_author cAuthorPane'><h3 class='ipsType_sectionHead cAuthorPane_author'><strong><a href='/profile/2-x/' class=ipsType_break>NAME</a></strong>"
        "<span class=ipsRepBadge>12</span></h3><ul class=cAuthorPane_info><li>Members</li><li>120 posts</li></ul></aside><div class='ipsColumn'><div id=comment-NUM_wrap class='ipsComment_content'><div class=ipsComment_meta>Posted May 3</div>"
        "<div class='cPost_contentWrap'><div data-role=commentContent class='ipsType_normal ipsType_richText'><p>BODY</p><span class='ipsType_reset ipsType_medium ipsType_light' data-excludequote><strong>Edited by x</strong></span></div>"
        f"</div><div data-role=memberSignature>{ASIDE}</div><div class=ipsReact><span>3</span></div></div></div></article>",
        address="https://example.org/topic/17-gate/",
        quote="<blockquote class=ipsQuote data-ipsquote><div class=ipsQuote_citation>NAME said:</div><div class=ipsQuote_contents><p>QUOTED</p></div></blockquote>",
        body="class='ipsApp ipsApp_front' data-pageapp=forums",
    ),
    "Invision 3": Case(
        "<div class='post_block hentry clear' id=post_id_NUM><div class=post_wrap><h3 class='row2 clear'><span class='post_id right'>#2</span><span class='author vcard'><a class='url fn name' href='/user/2-x/'><span>NAME</span></a></span></h3>"
        "<div class=author_info><ul class='basic_info'><li class=group_title>Members</li><li>120 posts</li></ul></div><div class=post_body><p class=posted_info>Posted 03 May 2024</p><div class='post entry-content '><p>BODY</p>"
        f"<p class=edit><strong>Edited by x</strong></p></div><div class=signature>{ASIDE}</div></div></div></div>",
        address="https://example.org/topic/17-gate/",
        quote="<p class=citation>NAME, on 3 May:</p><div class='blockquote'><div class='quote ipsBlockquote'>QUOTED</div></div>",
    ),
    "FluxBB": Case(
        "<div id=pNUM class='blockpost rowodd'><h2><span><span class=conr>#2</span> <a href=x>2024-05-03</a></span></h2><div class=box><div class=inbox><div class=postbody><div class=postleft><dl><dt><strong><a href='profile.php?id=2'>NAME</a></strong>"
        "</dt><dd class=usertitle><strong>Member</strong></dd><dd><span>Posts: 12</span></dd></dl></div><div class=postright><h3>Re: Gate latch</h3><div class=postmsg><p>BODY</p><p class=postedit><em>Last edited by x</em></p></div>"
        f"<div class='postsignature postmsg-'><hr>{ASIDE}</div></div></div></div></div></div>",
        address="https://example.org/viewtopic.php?id=17",
        quote="</p><div class=quotebox><cite>NAME wrote:</cite><blockquote><div><p>QUOTED</p></div></blockquote></div><p>",
    ),
    "PunBB": Case(
        "<div class='post odd replypost'><div id=pNUM class=posthead><h3 class='hn post-ident'><span class=post-num>2</span> <span class=post-byline><span>Reply by </span><a href='/user/2/'>NAME</a></span></h3></div><div class='postbody online'><div class=post-author>"
        "<ul class=author-ident><li class=username><a href='/user/2/'>NAME</a></li><li class=usertitle><span>Member</span></li></ul></div><div class=post-entry><h4 class='entry-title hn'>Re: Gate latch</h4><div class=entry-content><p>BODY</p></div>"
        f"<div class=sig-content><span class=sig-line></span><p>{ASIDE}</p></div></div></div></div>",
        address="https://example.org/topic/17/",
        quote="</p><div class=quotebox><cite>NAME wrote:</cite><blockquote><p>QUOTED</p></blockquote></div><p>",
    ),
    "Vanilla": Case(
        "<li class='Item ItemComment' id=Comment_NUM><div class=Comment><div class='Item-Header CommentHeader'><div class=AuthorWrap><span class=Author><a class=PhotoWrap href=x></a><a href='/profile/x' class=Username>NAME</a></span>"
        "<span class=AuthorInfo><span class='MItem RoleTitle'>Member</span></span></div></div><div class='Item-BodyWrap'><div class=Item-Body><div class='Message userContent'><p>BODY</p></div>"
        f"<div class='Signature UserSignature userContent-'>{ASIDE}</div><div class=Reactions>Like</div></div></div></div></li>",
        address="https://example.org/discussion/17/gate",
        quote="<blockquote class='Quote UserQuote'><div class=QuoteAuthor>NAME wrote:</div><div class=QuoteText>QUOTED</div></blockquote>",
        body="id=vanilla_discussion_index class='Vanilla Discussion isDesktop'",
    ),
    "Flarum": Case(
        "<article><div class=PostUser><h3 class=PostUser-name>NAME</h3></div><div class=Post-body><p>BODY</p></div></article><hr>",
        address="https://example.org/d/17-gate",
        around="<noscript id=flarum-content><div class=container><h1>Gate latch</h1><div>POSTS</div></div></noscript>",
        head="<link rel=canonical href='https://discuss.example.org/d/17-gate'>",
    ),
    "NodeBB": Case(
        "<li component=post class='posts-list-item' data-index=1 data-pid=NUM data-username=NAME itemprop=comment itemscope itemtype='http://schema.org/Comment'><a component='post/anchor' id=1></a><meta itemprop=datePublished content=x>"
        "<div class=post-header><a href='/user/x' itemprop=author data-username=NAME>NAME</a> <span class='badge'>Admins</span></div><div class=content component='post/content' itemprop=text><p>BODY</p></div>"
        f"<div component='post/signature' class=post-signature>{ASIDE}</div><div component='post/actions'>Reply 3</div></li>",
        address="https://example.org/topic/17/gate",
        around="<ul component=topic class=posts>POSTS</ul>",
        body="class='page-topic page-topic-17 template-topic'",
    ),
    "Discuz!": Case(
        "<div id=post_NUM><table id=pidNUM class=plhin><tr><td class=pls rowspan=2><div class=pi><div class=authi><a href='space-uid-2.html' class=xw1>NAME</a></div></div><div class=tns><p>12</p>主题</div></td><td class=plc><div class=pi>"
        "<div class=authi><em>发表于 2024-5-3</em></div></div><div class=pct><div class=pcb><div class=t_fsz><table><tr><td class=t_f id=postmessage_NUM><i class=pstatus> 本帖最后由 x 编辑 </i>BODY</td></tr></table></div></div></div></td></tr>"
        f"<tr><td class='plc plm'><div class=sign>{ASIDE}</div></td></tr></table></div>",
        address="https://example.org/thread-17-1-1.html",
        quote="<div class=quote><blockquote><font size=2>NAME 发表于 2024-5-3</font><br>QUOTED</blockquote></div>",
        head="<meta name=generator content='Discuz! X3.4'>",
    ),
    "bbPress": Case(
        "<li><div id=post-NUM class=bbp-reply-header><div class=bbp-meta><span class=bbp-reply-post-date>May 3</span></div></div><div class='loop-item-1 post-NUM reply type-reply'><div class=bbp-reply-author><a href='/forums/users/x/' class=bbp-author-link>"
        "<span class=bbp-author-avatar></span><span class=bbp-author-name>NAME</span></a><div class=bbp-author-role>Participant</div></div><div class=bbp-reply-content><p>BODY</p><ul id=bbp-reply-revision-log-NUM class=bbp-reply-revision-log>"
        "<li>This reply was modified by x.</li></ul></div></div></li>",
        address="https://example.org/forums/topic/gate/",
        body="class='topic bbpress single single-topic postid-17 wp-embed-responsive'",
        around="<div id=bbpress-forums class=bbpress-wrapper><ul class=bbp-replies>POSTS</ul></div><div id=respond>Reply</div>",
    ),
    "wpForo": Case(
        "<div id=post-NUM data-postid=NUM class=post-wrap><div class='wpforo-post wpfcl-1'><div class=wpf-left><div class=author-name><span class=wpfcl-1></span><a href='/community/profile/x/'>NAME</a></div><div class=author-title>Member</div>"
        "<div class=author-posts>Posts: 12</div></div><div class=wpf-right><div class=wpforo-post-content-top>May 3</div><div class=wpforo-post-content><p>BODY</p></div>"
        f"<div class=wpforo-post-signature>{ASIDE}</div></div></div></div>",
        address="https://example.org/community/main-forum/gate/",
        around="<div id=wpforo-wrap>POSTS</div>",
    ),
    "Asgaros": Case(
        "<div class=post-element id=postid-NUM><div class=post-author><div class=post-author-block-name><span class=post-username><a href='/forum/profile/x/'>NAME</a></span></div><div class=post-author-block-meta><small class=post-counter>12 Posts</small></div></div>"
        "<div class=post-wrapper><div class=forum-post-header><div class=forum-post-date>May 3</div></div><div class=post-message><div id=post-quote-container-NUM style='display: none;'><blockquote>NOISE<p>NOISE</p></blockquote></div><p>BODY</p></div>"
        f"<div class=post-footer><span class=post-edit-date>Last edited on May 3</span></div><div class=signature>{ASIDE}</div></div></div>",
        address="https://example.org/forum/topic/gate/",
        around="<div id=af-wrapper>POSTS</div>",
    ),
    "Drupal": Case(
        "<article id=comment-NUM class='comment js-comment'><footer class=comment__meta><p class=comment__author><a title='View user profile.' href='/user/2' class=username>NAME</a></p><p class=comment__time>May 3</p></footer>"
        "<div class=comment__content><h3>Re</h3><div class='clearfix text-formatted field field--name-comment-body field__item'><p>BODY</p></div><ul class='links inline'><li>Log in to post comments</li></ul></div></article>",
        first="<article class='node node--type-forum node--view-mode-full'><footer class=node__meta><div class=node__submitted>By <a href='/user/1' class=username>NAME</a>, 3 May</div></footer><div class=node__content>"
        "<div class='field field--name-body field__item'><p>BODY</p></div></div></article>",
        address="https://example.org/forum/gate",
        body="class='path-node page-node-type-forum'",
    ),
    "Stack Exchange": Case(
        "<div id=answer-NUM class='answer js-answer'><div class=post-layout><div class='votecell post-layout--left'><div class=js-vote-count>12</div></div><div class='answercell post-layout--right'><div class='s-prose js-post-body' itemprop=text><p>BODY</p></div>"
        "<div class=post-signature><div class=user-info><div class=user-action-time><a href=/posts/2/revisions>edited May 4</a></div><div class=user-details><a href='/users/9/y'>NOBODY</a></div></div></div>"
        "<div class=post-signature><div class=user-info><div class=user-action-time>answered May 3</div><div class=user-details itemprop=author itemscope><a href='/users/2/x'>NAME</a><span class=d-none itemprop=name>NAME</span>"
        "<div class='-flair'><span class=reputation-score>1,234</span></div></div></div></div></div></div></div>",
        address="https://example.org/questions/17/gate",
        html="itemscope itemtype='https://schema.org/QAPage' class='html__responsive'",
        body="class='question-page unified-theme'",
    ),
    "Question2Answer": Case(
        "<div class='qa-a-list-item' id=aNUM><div class=qa-a-item-main><div class='qa-a-item-content qa-post-content'><p>BODY</p></div><span class=qa-a-item-avatar-meta><span class=qa-a-item-meta>answered May 3 <span class=qa-a-item-who>by "
        "<span class=qa-a-item-who-data><a href='/user/x' class=qa-user-link>NAME</a></span> (120 points)</span></span></span></div></div>",
        first="<div class=qa-q-view id=q17><div class=qa-q-view-main><div class='qa-q-view-content qa-post-content'><p>BODY</p></div><span class=qa-q-view-meta>asked May 3 <span class=qa-q-view-who-data><a class=qa-user-link href=x>NAME</a></span></span></div></div>",
        address="https://example.org/17/gate-latch",
        head="<link rel=canonical href='https://example.org/questions/17'>",
    ),
    "Askbot": Case(
        "<div class='post answer js-answer' id=post-id-NUM><div class=vote-buttons>3</div><div class=post-content><div class=post-update-info><p>answered <b>May 3</b></p><p><a href='/users/2/x/'>NAME</a></p></div><div class=post-body>"
        "<div id=js-post-body-NUM><div class=js-editable-content><p>BODY</p></div></div></div></div></div>",
        address="https://example.org/question/17/gate/",
        html="class=askbot",
    ),
    "OSQA": Case(
        "<div class=answer id=answer-container-NUM><div class=answer-body><p>BODY</p></div><div class=post-update-info><p>answered May 3</p><p><a href='/users/2/x/'>NAME</a></p></div></div>",
        first="<div id=question-17><div class=question-body><p>BODY</p></div><div class=post-update-info><p>asked May 3</p><a href='/users/1/x/'>NAME</a></div></div>",
        address="https://example.org/questions/17/gate",
    ),
    "Reddit": Case(
        "<shreddit-comment author=NAME thingid=t1_NUM depth=0><div slot=commentMeta><a href='/user/x/'>NAME</a> • 3y ago</div><div id='t1_NUM-comment-rtjson-content' class=md slot=comment><div><p>BODY</p></div></div>"
        "<shreddit-comment-action-row slot=actionRow>12 Reply</shreddit-comment-action-row></shreddit-comment>",
        first="<shreddit-post author=NAME><h1 slot=title>Gate latch</h1><div slot=text-body><div class=md><p>BODY</p></div></div></shreddit-post>",
        address="https://example.org/r/DIY/comments/17/gate/",
        around=f"POSTS<aside><div class=md slot=comment>{ASIDE}</div></aside>",
    ),
    "Reddit, old": Case(
        "<div class='thing comment' id=thing_t1_NUM data-author=NAME><div class='entry unvoted'><p class=tagline><a class=expand>[–]</a><a class='author may-blank' href='/user/x'>NAME</a> <span class=score>12 points</span></p><form class='usertext'>"
        "<div class='usertext-body'><div class=md><p>BODY</p></div></div></form><ul class=flat-list><li>permalink</li></ul></div></div>",
        address="https://example.org/r/DIY/comments/17/gate/",
        around=f"<div class=side><div class=usertext-body><div class=md>{ASIDE}</div></div></div><div class='sitetable nestedlisting'>POSTS</div>",
    ),
    "Hacker News": Case(
        "<tr class='athing comtr' id=NUM><td><table><tr><td class=default><div><span class=comhead><a href='user?id=x' class=hnuser>NAME</a> <span class=age>3 days ago</span></span></div><div class=comment><div class='commtext c00'>BODY</div>"
        "<div class=reply><a href=reply>reply</a></div></div></td></tr></table></td></tr>",
        first="<tr><td><table class=fatitem><tr class='athing submission' id=17><td class=title>Ask</td></tr><tr><td class=subtext>12 points by <a class=hnuser href=x>NAME</a></td></tr><tr><td><div class=toptext>BODY</div></td></tr></table></td></tr>",
        address="https://example.org/item?id=17",
        html="lang=en op=item",
        around="<table>POSTS</table>",
    ),
    "Lobsters": Case(
        "<li class=comments_subtree><div id=c_NUM class=comment><div class=details><div class=byline><a href='/~x'><img class=avatar></a><a href='/~NAME'>NAME</a> 3 days ago</div><div class=comment_text><p>BODY</p></div></div></div></li>",
        first="<div class=story><div class=byline><a href='/~NAME'>NAME</a></div><div class=story_text><p>BODY</p></div></div>",
        address="https://lobste.example.org/s/abc/gate",
    ),
    "Tildes": Case(
        "<article id=comment-NUM class=comment data-comment-depth=0><div class=comment-itself><header><a href='/user/NAME' class=link-user>NAME</a><time>May 3</time></header><div class=comment-text><p>BODY</p></div><menu class=post-buttons><li>Reply</menu></div></article>",
        first="<article class=topic-full><header><h1>Gate latch</h1><a href='/user/NAME' class=link-user>NAME</a></header><div class=topic-full-text><p>BODY</p></div></article>",
        address="https://example.org/~hobbies/17/gate",
    ),
    "Lemmy": Case(
        "<li class='comment list-unstyled'><article id=comment-NUM class='details comment-node'><div class='ms-2'><a class='person-listing' href='/u/x'>NAME</a><div class=comment-content><div class=md-div><p>BODY</p></div></div></div></article></li>",
        first="<div id=postContent-><a class=person-listing href='/u/x'>NAME</a><article class=card id=postContent><div class='card-body'><div class=md-div><p>BODY</p></div></div></article></div>",
        address="https://example.org/post/17",
        around=f"POSTS<aside><div class=md-div><p>{ASIDE}</p></div></aside>",
    ),
    "Khoros": Case(
        "<div class='lia-linear-display-message-view' data-lia-message-uid=NUM><div class='lia-message-view-wrapper'><div class=MessageView><div class=lia-message-author-avatar></div><span class='UserName lia-user-name'><a class='lia-link-navigation lia-page-link "
        "lia-user-name-link' href='/t5/user/viewprofilepage/user-id/2'><span>NAME</span></a></span><div class=lia-message-author-rank>Level 3</div><div id=bodyDisplay class=lia-message-body><div class=lia-message-body-content><p>BODY</p></div>"
        f"<div class='UserSignature lia-message-signature'>{ASIDE}</div></div><div class=KudosButton>3 Kudos</div></div></div></div>",
        address="https://example.org/t5/Garden/Gate/td-p/17",
        body="class='lia-user-status-anonymous ForumTopicPage lia-body'",
    ),
    "Jive": Case(
        "<li class='jive-thread-message reply'><div class=j-thread-post><a class='jiveTT-hover-user jive-username-link' href='/people/x'>NAME</a><div class=jive-content><div class='jive-rendered-content'><p>BODY</p></div></div><div class=j-post-actions>Like (3)</div></div></li>",
        quote="<pre class=jive-quote>NAME wrote: QUOTED</pre>",
        address="https://example.org/thread/17",
    ),
    "Zendesk": Case(
        "<li id=community_comment_NUM class=comment><div class=comment-wrapper><div class=comment-info><div class=comment-author><span title=NAME><a href='/hc/en-us/profiles/2'>NAME</a></span></div><section class=comment-body><p>BODY</p></section></div></div></li>",
        first="<div class='post-container'><div class=post-author><span title=NAME><a href='/hc/en-us/profiles/1'>NAME</a></span></div><div class=post-content><div class=post-body><p>BODY</p></div></div></div>",
        address="https://example.org/hc/en-us/community/posts/17-gate",
        body="class=community-enabled",
    ),
    "GitHub": Case(
        "<div class='TimelineItem js-comment-container'><div class='timeline-comment comment' id=issuecomment-NUM><h3 class=timeline-comment-header-text><strong><a class=author href='/NAME'>NAME</a></strong> commented May 3</h3><div class=edit-comment-hide>"
        "<task-lists><table><tbody><tr><td class='comment-body markdown-body js-comment-body'><p>BODY</p></td></tr></tbody></table></task-lists></div><div class=comment-reactions>3</div></div></div>",
        address="https://example.org/x/y/issues/17",
    ),
    "Bugzilla": Case(
        "<div id=cNUM class='bz_comment'><div class=bz_comment_head><span class=bz_comment_user><span class=vcard><a class=email href=x><span class=fn>NAME</span></a></span></span><span class=bz_comment_time>2024-05-03</span></div>"
        "<div class=bz_comment_text id=comment_text_NUM>BODY</div></div>",
        address="https://example.org/show_bug.cgi?id=17",
    ),
    "HyperKitty": Case(
        "<div class=email><div class=email-header id=hNUM><div class=gravatar-wrapper><div class=email-author><span class=name><a href='/users/2/'>NAME</a></span></div></div><div class=email-date>3 May</div></div><div class=email-body><p>BODY</p></div>"
        "<div class=email-info><a class=reply>Reply</a></div></div>",
        quote="<div class=quoted-switch><a href=x>...</a></div><div class=quoted-text>QUOTED</div>",
        address="https://example.org/hyperkitty/list/x@y/thread/17/",
    ),
    "Google Groups": Case(
        "<section data-author=NAME data-doc-id=NUM><h3>NAME</h3><span>unread, 3 May</span><div role=region><div>BODY</div></div></section>", address="https://groups.example.org/g/forum/c/17"
    ),
    "JForum": Case(
        "<tr><td class=row1><span class=name><a name=NUM></a><b>NAME</b></span><br><span class=gensmall>Joined 2004</span></td><td class=row1><table><tr><td><span class=postdetails>03/05/2024</span></td></tr><tr><td><span class=postbody><div id=post_text_NUM>BODY</div></span>"
        f"</td></tr><tr><td><div class=signature>{ASIDE}</div></td></tr></table></td></tr>",
        address="https://example.org/jforum/posts/list/17.page",
        around="<table class=forumline>POSTS</table>",
    ),
    "no known software, numbered": Case(
        f"<div class=row><div class=who><a href='/members/NAME'>NAME</a><small>{ASIDE}</small></div><div class='txt wide' id=reply_text_NUM>BODY</div></div>",
        first="<div class=row><div class=who><a href='/members/NAME'>NAME</a></div><div class='txt big' id=start>BODY</div></div>",
    ),
    "no known software, named": Case("<div class='post odd'><div class=meta><span class=user-nickname>NAME</span> 3 May</div><div class=post-words>BODY</div></div>"),
    "no known software, replies in what they answer": Case(
        "<div class='post reply'><a class=user-nickname href=x>NAME</a><div class=post-words>BODY</div>",
        around="<div id=list>POSTS</div></div></div></div>",
    ),
    "YaBB": Case(
        f"<tr><td class=windowbg><a id=numNUM></a><b><a href='YaBB.pl?action=viewprofile;username=x'>NAME</a></b><div class=small>Full Member<br>Posts: 12</div></td><td class=windowbg><div class=small>Reply #1</div><div class=message>BODY</div><div class=small>{ASIDE}</div></td></tr>",
        address="https://example.org/cgi-bin/yabb2/YaBB.pl?num=17",
        around="<table>POSTS</table>",
    ),
    "GitLab": Case(
        "<li class='note timeline-entry' id=note_NUM><div class=note-header><a class='author-name-link' href='/x'><span class='note-header-author-name'>NAME</span></a> @x 3 days ago</div><div class=note-body><div class='note-text md'><p>BODY</p></div></div></li>",
        first="<div class=issue><a class=author-link href='/x'><span class=author>NAME</span></a><div class='detail-page-description'><div class=md><p>BODY</p></div></div></div>",
        address="https://example.org/x/y/-/issues/17",
    ),
    "Invision 5": Case(
        "<article id=elComment_NUM class='ipsEntry js-ipsEntry ipsEntry--post'><header class=ipsEntry__header><h3 class=ipsEntry__username><a href='/profile/2-x/' class=ipsUsername>NAME</a></h3><span class=ipsBadge>Moderator</span></header><aside class=ipsEntry__author-column>"
        f"<ul><li>12 posts</li></ul></aside><div class=ipsEntry__post><div id=comment-NUM_wrap class=ipsEntry__content><div class='ipsRichText' data-role=commentContent><p>BODY</p></div><div class=ipsEntry__signature data-role=memberSignature>{ASIDE}</div></div></div></article>",
        address="https://example.org/topic/17-gate/",
        quote="<blockquote class=ipsQuote><div class=ipsQuote_citation>NAME said:</div><p>QUOTED</p></blockquote>",
        body="class=ipsApp data-pageapp=forums",
    ),
    "Invision 2": Case(
        f"<table class=ipbtable id=entryNUM><tr><td class=row2><span class=normalname><a href='index.php?showuser=2'>NAME</a></span></td><td class=row2>Post #2</td></tr><tr><td class=post2><span class=postdetails>Group: Members</span></td><td class=post2><div class=postcolor id=post-NUM>BODY</div><div class=signature>{ASIDE}</div></td></tr></table>",
        address="https://example.org/index.php?showtopic=17",
        quote="<div class=quotetop>QUOTE(NAME)</div><div class=quotemain>QUOTED</div>",
    ),
    "microdata alone": Case(
        "<div itemprop=suggestedAnswer itemscope itemtype='https://schema.org/Answer'><div itemprop=author itemscope itemtype='https://schema.org/Person'><span itemprop=name>NAME</span></div><div itemprop=text>BODY</div></div>",
        first="<div itemprop=mainEntity itemscope itemtype='https://schema.org/Question'><div itemprop=author itemscope><span itemprop=name>NAME</span></div><div itemprop=text>BODY</div></div>",
        address="https://example.org/17",
        html="itemscope itemtype='https://schema.org/QAPage'",
    ),
    "the answer stands twice": Case(
        "<div class=answer><div class=who><a class=username href=x>NAME</a></div><div class=lia-message-body-content>BODY</div></div>",
        around=f"POSTS<div class=solution><a class=username href=x>Ben</a><div class=lia-message-body-content>{POSTS[1][1]}</div></div>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_thread_is_its_posts_under_their_authors(case):
    post = extract(filled(case), url=case.address, simple=True)
    assert (post.method, post.text) == ("thread", TEXT)


ARTICLE = "".join(
    f"<p>Paragraph {n} of an article on garden gates, in which somebody explains at some length how a latch is made, how it wears and how it is mended again.</p>" for n in range(1, 5)
)
REMARKS = " ".join(f"Reader {n} thinks that the article on gates is wrong about springs and says so at great length, as readers do under articles." for n in range(5))


def remarks(template: str) -> str:
    return "".join(template.replace("NAME", f"Reader{n}").replace("NUM", str(n)).replace("BODY", f"{REMARKS} ({n})") for n in range(1, 9))


WORDPRESS = "<li id=comment-NUM class='comment even thread-even depth-1'><article id=div-comment-NUM class=comment-body><footer class=comment-meta><div class='comment-author vcard'><b class=fn><a class=url href=x>NAME</a></b></div></footer><div class=comment-content><p>BODY</p></div><div class=reply>Reply</div></article></li>"  # fmt: skip
POST = f"<article id=post-17 class='post-17 post type-post hentry'><header><h1>Gates</h1></header><div class=entry-content>{ARTICLE}</div></article>"
BLOGS = {
    "WordPress": (f"{POST}<div id=comments class=comments-area><ol class=comment-list>{remarks(WORDPRESS)}</ol><div id=respond class=comment-respond>Leave a reply</div></div>", "class='single single-post postid-17'"),
    "WordPress, comments closed": (f"<main>{POST}<div id=comments class=comments-area><ol>{remarks(WORDPRESS)}</ol></div></main>", ""),
    "WordPress, Genesis": (
        f"<article class='post entry' itemscope itemtype='https://schema.org/CreativeWork'><div class=entry-content itemprop=text>{ARTICLE}</div></article><div class=entry-comments id=comments><ol class=comment-list>"
        + remarks("<li class='comment' id=comment-NUM><article itemprop=comment itemscope itemtype='https://schema.org/Comment'><p class=comment-author itemprop=author><span itemprop=name>NAME</span></p><div class=comment-content itemprop=text><p>BODY</p></div></article></li>")
        + "</ol></div>",
        "class='wp-custom-logo'",
    ),
    "Blogger": (
        f"<div class='post hentry'><div class='post-body entry-content' id=post-body-17>{ARTICLE}</div></div><div class=comments id=comments><ol>"
        + remarks("<li class=comment id=cNUM><div class=comment-block><div class=comment-header><cite class=user>NAME</cite></div><p class=comment-content>BODY</p></div></li>")
        + "</ol></div>",
        "class='item-view version-1-3-0'",
    ),
    "Blogger, old": (f"<div class=post><div class='post-body entry-content'>{ARTICLE}</div></div><dl id=comments-block>" + remarks("<dt class=comment-author>NAME said...</dt><dd class=comment-body><p>BODY</p></dd>") + "</dl>", ""),
    "Disqus": (
        f"<article class=post><div class=post-content>{ARTICLE}</div></article><div id=disqus_thread><ul id=post-list>"
        + remarks("<li class=post id=post-NUM><div class=post-content><div class=post-body><span class=author>NAME</span><div class=post-message><p>BODY</p></div></div></div></li>")
        + "</ul></div>",
        "",
    ),
    "Ghost": (f"<article class='gh-article post'><section class='gh-content'>{ARTICLE}</section></article><div class=gh-comments>" + remarks("<div class=comment><span class=author>NAME</span><p>BODY</p></div>") + "</div>", "class=post-template"),
    "a newspaper": (
        f"<article itemscope itemtype='https://schema.org/NewsArticle'><div itemprop=articleBody>{ARTICLE}</div></article><section class=talk>"
        + remarks("<div itemprop=comment itemscope itemtype='https://schema.org/Comment' id=comment_NUM><span itemprop=author>NAME</span><div itemprop=text>BODY</div></div>")
        + "</section>",
        "",
    ),
    "a newspaper, comments numbered": (f"<article><div class=story-body>{ARTICLE}</div></article><section>" + remarks("<div class=c id=comment-NUM><span class=username>NAME</span><div>BODY</div></div>") + "</section>", ""),
    "questions of one author": (
        f"<article itemscope itemtype='https://schema.org/FAQPage'><div class=text>{ARTICLE}</div>"
        + remarks("<div itemprop=mainEntity itemscope itemtype='https://schema.org/Question'><h3 itemprop=name>Why NUM?</h3><div itemprop=acceptedAnswer itemscope itemtype='https://schema.org/Answer'><div itemprop=text>Gates NUM.</div></div></div>")
        + "</article>",
        "",
    ),
    "teasers": (f"<article class=article><div class=text>{ARTICLE}{ARTICLE}</div></article><section>" + remarks("<article class=article><h3><a href='/NUM'>Gates NUM</a></h3><p>More on gates.</p></article>") + "</section>", ""),
    "Drupal": (
        f"<article class='node node--type-article'><div class='field--name-body'>{ARTICLE}</div></article><section class=comments>"
        + remarks("<article class=comment id=comment-NUM><a class=username href=x>NAME</a><div class='field--name-comment-body'><p>BODY</p></div></article>")
        + "</section>",
        "class=page-node-type-article",
    ),
    "Invision, an article": (f"<article><section class='ipsType_richText'>{ARTICLE}</section></article>" + remarks("<article id=elComment_NUM class=ipsComment><h3><a class=ipsType_break href=x>NAME</a></h3><div data-role=commentContent><p>BODY</p></div></article>"), "class=ipsApp data-pageapp=cms"),
    "Zendesk, an article": (f"<article class=article><div class=article-body>{ARTICLE}</div></article>" + remarks("<li class=comment id=comment_NUM><div class=comment-author><a href=x>NAME</a></div><section class=comment-body><p>BODY</p></section></li>"), "class=community-enabled"),
}  # fmt: skip
ADDRESSES = ("https://blog.example.org/2024/05/gates/", "https://example.org/community/gates/", "https://example.org/topics/gates/17", "https://example.org/forum-news/discussion-of-gates.html")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(("page", "body"), BLOGS.values(), ids=BLOGS.keys())
def test_an_article_with_comments_is_no_thread(page, body, address):
    post = extract(f"<!DOCTYPE html><html><head><title>Gates</title></head><body {body}>{page}</body></html>", url=address, simple=True)
    assert post.method != "thread"
    assert "Paragraph 3 of an article" in post.text


CODE = {
    "phpBB": "<div class=codebox><p>NOISE: <a href='#'>NOISE</a></p><pre><code>latch = 1</code></pre></div>",
    "phpBB 3.0": "<dl class=codebox><dt>NOISE: <a href='#'>NOISE</a></dt><dd><code>latch = 1</code></dd></dl>",
    "SMF": "<div class=codeheader>NOISE: <a href=x>NOISE</a></div><pre class=bbc_code><code>latch = 1</code></pre>",
    "vBulletin": "<div class=bbcode_container><div class=bbcode_description>NOISE:</div><pre class=bbcode_code>latch = 1</pre></div>",
    "XenForo": "<div class='bbCodeBlock bbCodeBlock--screenLimited bbCodeBlock--code'><div class=bbCodeBlock-title>NOISE:</div><div class=bbCodeBlock-content><pre class=bbCodeCode><code>latch = 1</code></pre></div></div>",
    "MyBB": "<div class='codeblock'><div class=title>NOISE:</div><div class=body><code>latch = 1</code></div></div>",
}


@pytest.mark.parametrize("code", CODE.values(), ids=CODE.keys())
def test_code_stays_without_the_line_above_it(code):
    page = "".join(f"<div class=post><a class=username href=x>{name}</a><div class=postmsg><p>{said}</p>{code}</div></div>" for name, said in POSTS)
    text = extract(page, url="https://example.org/forum/viewtopic.php?id=17", simple=True).text
    assert text.count("latch = 1") == len(POSTS)
    assert "NOISE" not in text


def test_posts_that_only_machines_are_told():
    answers = [{"@type": "Answer", "text": f"<p>{said}</p>", "author": {"@type": "Person", "name": name}} for name, said in POSTS[1:]]
    question = {"@type": "Question", "name": "Gate latch", "text": POSTS[0][1], "author": {"@type": "Person", "name": POSTS[0][0]}, "acceptedAnswer": answers[0], "suggestedAnswer": answers[1:]}
    thread = {"@type": "DiscussionForumPosting", "text": POSTS[0][1], "author": {"name": POSTS[0][0]}, "comment": [{"@type": "Comment", "text": POSTS[1][1], "author": [{"name": POSTS[1][0]}], "comment": []}, answers[1]]}
    for told in ({"@type": "QAPage", "mainEntity": question}, {"@graph": [{"@type": "WebSite"}, thread]}):
        page = f"<html><head><script type='application/ld+json'>{json.dumps(told)}</script></head><body><div id=app>Loading</div></body></html>"
        post = extract(page, url="https://example.org/17", simple=True)
        assert (post.method, post.text) == ("thread", TEXT)
    for told in ("{", "[" * 100_000, json.dumps({"@type": "QAPage", "mainEntity": {"@type": "Question", "text": 5, "suggestedAnswer": [None, 7, {"text": []}]}})):
        page = f"<html><head><script type='application/ld+json'>{told}</script><title>QAPage</title></head><body><p>{POSTS[0][1]}</p></body></html>"
        assert extract(page, url="https://example.org/forum/17", simple=True).method != "thread"


LONG = "".join(f"<p>Paragraph {n} of an article about the gates of the canal, and about the people who open and close them.</p>" for n in range(12))
ELSEWHERE = {"@type": "DiscussionForumPosting", "text": POSTS[0][1] * 3, "comment": [{"@type": "Comment", "text": POSTS[1][1] * 3}]}


def test_a_thread_of_another_page_does_not_take_the_place_of_the_article():
    told = json.dumps([{"@type": "NewsArticle", "headline": "Gates"}, ELSEWHERE])
    post = extract(f"<html><head><script type='application/ld+json'>{told}</script></head><body><article>{LONG}</article></body></html>", url="https://example.org/17", simple=True)
    assert post.method != "thread" and "Paragraph 11" in post.text


def test_a_page_that_shows_more_posts_than_it_tells_is_read_as_it_shows():
    told = {"@type": "DiscussionForumPosting", "text": POSTS[0][1], "comment": [{"@type": "Comment", "text": POSTS[1][1]}]}
    shown = "".join(f"<div class=x><a href='/user/{name}'>{name}</a><div id=reply-body-{n} class=y><p>{said} Once more for all who came later, number {n}.</p></div></div>" for n, (name, said) in enumerate(POSTS * 3))
    page = f"<html><head><script type='application/ld+json'>{json.dumps(told)}</script></head><body>{shown}</body></html>"
    assert f"number {3 * len(POSTS) - 1}" in extract(page, url="https://example.org/forum/17", simple=True).text


@pytest.mark.parametrize("tag", ["o:p", "a$b", "x.y", "div"])
def test_boxes_of_any_tag_are_read(tag):
    shown = "".join(f"<{tag} id=reply-body-{n} class=x><p>{said}</p></{tag}>" for n, (_, said) in enumerate(POSTS * 2))
    assert POSTS[0][1][:20] in extract(f"<html class=forum><body>{shown}</body></html>", simple=True).text


def test_what_is_told_in_entities_is_read_and_an_answer_comes_once():
    answer = {"@type": "Answer", "text": "I don&#39;t know what &lt;int&gt; is, but the latch of the gate is on the left, as it says in the manual."}
    question = {"@type": "Question", "text": "Where is the latch of the gate? " * 8, "acceptedAnswer": answer, "suggestedAnswer": [answer]}
    told = json.dumps({"@type": "QAPage", "mainEntity": question})
    text = extract(f"<html><head><script type='application/ld+json'>{told}</script></head><body></body></html>", simple=True).text
    assert text.count("I don't know what") == 1 and "&" not in text.replace("&lt;", "")


def test_posts_in_posts_are_posts_once():
    cell = "<td><span class=postbody>A {0}</span><table><tr><td class=quote><span class=postbody>C</span><span class=postbody>E</span></td></tr></table><span class=postbody>G {0}</span></td>"
    page = "".join(f"<tr><td><b class=name>{name}</b></td>{cell.format(said)}</tr>" for name, said in POSTS)
    text = extract(f"<html><head><meta name=generator content=phpBB></head><body><table>{page}</table></body></html>", url="https://example.org/forum/viewtopic.php?t=1", simple=True).text
    assert text.count("A " + POSTS[0][1][:12]) == 1
