//! What a plan says, where blobs lie and whom to trust.
