from _demo_cap import *
