"""What later versions of Python have. Other packages put their modules here, too."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
