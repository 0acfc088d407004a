from _twin_cap import *
