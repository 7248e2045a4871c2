import time

print('waiting for the server', flush=True)
time.sleep(60)
