"""Do the tests prove the rules? Small wrongs in the rules, the notices and the claims, and whether a test notices each.

What lives and may live stands in survivors.txt, a line each as it is printed, under a line that gives the reason.

    make mutants FILES=contracts/rules/terms.py
    python -m tests.mutants jobs/notices --every 5 --seconds 600
"""
