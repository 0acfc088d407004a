"""Zstandard (RFC 8878), with the interface of Python 3.14's compression.zstd (PEP 784)."""

import enum

import _zstd
from _zstd import ZstdCompressor, ZstdDecompressor, ZstdDict, ZstdError, get_frame_size, zstd_version

from ._zstdfile import ZstdFile, nbytes, open

__all__ = (
    "COMPRESSION_LEVEL_DEFAULT",
    "CompressionParameter",
    "DecompressionParameter",
    "Strategy",
    "ZstdCompressor",
    "ZstdDecompressor",
    "ZstdDict",
    "ZstdError",
    "ZstdFile",
    "compress",
    "decompress",
    "finalize_dict",
    "get_frame_info",
    "get_frame_size",
    "open",
    "train_dict",
    "zstd_version",
    "zstd_version_info",
)

zstd_version_info = tuple(map(int, zstd_version.split(".")))
COMPRESSION_LEVEL_DEFAULT = _zstd.ZSTD_CLEVEL_DEFAULT


class FrameInfo:
    """What the header of a frame says: `decompressed_size`, None if it does not say, and `dictionary_id`, 0 likewise."""

    __slots__ = "decompressed_size", "dictionary_id"

    def __init__(self, decompressed_size, dictionary_id):
        for name, value in zip(self.__slots__, (decompressed_size, dictionary_id)):
            object.__setattr__(self, name, value)

    def __setattr__(self, name, value):
        raise AttributeError(f"can't set attribute {name!r}")

    def __repr__(self):
        return f"FrameInfo(decompressed_size={self.decompressed_size}, dictionary_id={self.dictionary_id})"


def get_frame_info(frame_buffer):
    """A FrameInfo, from the header with which `frame_buffer` begins."""
    return FrameInfo(*_zstd.get_frame_info(frame_buffer))


def compress(data, level=None, options=None, zstd_dict=None):
    """The bytes-like `data` as a frame."""
    compressor = ZstdCompressor(level=level, options=options, zstd_dict=zstd_dict)
    return compressor.compress(data, mode=ZstdCompressor.FLUSH_FRAME)


def decompress(data, zstd_dict=None, options=None):
    """The content of the frames in the bytes-like `data`. ZstdError if the last one is not complete."""
    contents = []
    while True:
        decompressor = ZstdDecompressor(options=options, zstd_dict=zstd_dict)
        contents.append(decompressor.decompress(data))
        if not decompressor.eof:
            raise ZstdError("Compressed data ended before the end-of-stream marker was reached")
        data = decompressor.unused_data
        if not data:
            return b"".join(contents)


def train_dict(samples, dict_size):
    """A ZstdDict of at most `dict_size` bytes, trained on an iterable of bytes-like samples."""
    if not isinstance(dict_size, int):
        raise TypeError(f"dict_size must be an int object, not {type(dict_size).__qualname__!r}.")
    data, sizes = _joined(samples)
    if not data:
        raise ValueError("samples contained no data; can't train dictionary.")
    return ZstdDict(_zstd.train_dict(data, sizes, dict_size))


def finalize_dict(zstd_dict, /, samples, dict_size, level):
    """A ZstdDict of the content of `zstd_dict`, with tables for the samples at this level."""
    if not isinstance(zstd_dict, ZstdDict):
        raise TypeError("zstd_dict argument should be a ZstdDict object.")
    for name, value in ("dict_size", dict_size), ("level", level):
        if not isinstance(value, int):
            raise TypeError(f"{name} argument should be an int object.")
    data, sizes = _joined(samples)
    if not data:
        raise ValueError("The samples are empty content, can't finalize the dictionary.")
    return ZstdDict(_zstd.finalize_dict(zstd_dict.dict_content, data, sizes, dict_size, level))


def _joined(samples):
    """The samples in one, and their sizes."""
    samples = tuple(samples)
    return b"".join(samples), tuple(map(nbytes, samples))


class CompressionParameter(enum.IntEnum):
    """What a compressor can be told in `options`."""

    compression_level = _zstd.ZSTD_c_compressionLevel
    window_log = _zstd.ZSTD_c_windowLog
    hash_log = _zstd.ZSTD_c_hashLog
    chain_log = _zstd.ZSTD_c_chainLog
    search_log = _zstd.ZSTD_c_searchLog
    min_match = _zstd.ZSTD_c_minMatch
    target_length = _zstd.ZSTD_c_targetLength
    strategy = _zstd.ZSTD_c_strategy

    enable_long_distance_matching = _zstd.ZSTD_c_enableLongDistanceMatching
    ldm_hash_log = _zstd.ZSTD_c_ldmHashLog
    ldm_min_match = _zstd.ZSTD_c_ldmMinMatch
    ldm_bucket_size_log = _zstd.ZSTD_c_ldmBucketSizeLog
    ldm_hash_rate_log = _zstd.ZSTD_c_ldmHashRateLog

    content_size_flag = _zstd.ZSTD_c_contentSizeFlag
    checksum_flag = _zstd.ZSTD_c_checksumFlag
    dict_id_flag = _zstd.ZSTD_c_dictIDFlag

    nb_workers = _zstd.ZSTD_c_nbWorkers
    job_size = _zstd.ZSTD_c_jobSize
    overlap_log = _zstd.ZSTD_c_overlapLog

    def bounds(self):
        """The lowest and the highest value."""
        return _zstd.get_param_bounds(self.value, is_compress=True)


class DecompressionParameter(enum.IntEnum):
    """What a decompressor can be told in `options`."""

    window_log_max = _zstd.ZSTD_d_windowLogMax

    def bounds(self):
        """The lowest and the highest value."""
        return _zstd.get_param_bounds(self.value, is_compress=False)


class Strategy(enum.IntEnum):
    """Values of CompressionParameter.strategy, from fastest to strongest."""

    fast = _zstd.ZSTD_fast
    dfast = _zstd.ZSTD_dfast
    greedy = _zstd.ZSTD_greedy
    lazy = _zstd.ZSTD_lazy
    lazy2 = _zstd.ZSTD_lazy2
    btlazy2 = _zstd.ZSTD_btlazy2
    btopt = _zstd.ZSTD_btopt
    btultra = _zstd.ZSTD_btultra
    btultra2 = _zstd.ZSTD_btultra2


# A key of one in the options of the other is refused.
_zstd.set_parameter_types(CompressionParameter, DecompressionParameter)
