# Python modules frozen into every image.
include("$(MPY_DIR)/extmod/asyncio")
