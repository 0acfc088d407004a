from _other_cap import *
