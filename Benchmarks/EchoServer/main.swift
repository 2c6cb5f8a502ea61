import Hummingbird
print("echo")
