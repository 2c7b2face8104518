from appv import *

a = A(sys.argv[1] if len(sys.argv) > 1 else "/tmp/av/avatar.glb", (500, 640))
I = [a.shot({}, (0, 0.85, 0), 3.0, y) for y in (0, 60, 180)] + [a.shot({}, (0, 1.35, 0), 1.25, y) for y in (0, -50, 130)]
sheet(I, 6, "/tmp/av/a3.png")
