"""python -m postetl"""

from postetl.cli import main

main()
