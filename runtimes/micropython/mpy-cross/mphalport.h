#include "mpy-cross/mphalport.h"
