/* The original bytes of a log, read back from the evidence. */
#ifndef MUSTER_EVIDENCE_H
#define MUSTER_EVIDENCE_H

#include "base/base.h"

/* Longest record that is read back. */
#define EVIDENCE_LIMIT (4u << 20)

/*
 * Append length bytes from offset of the uncompressed log to ret. directory:
 * of the instance; digest: SHA-256 of the evidence file, 64 hex digits;
 * encoding: plain, gzip or zstd. Where the file ends before that, or is
 * damaged, ERR_SYSTEM or ERR_SYNTAX says so.
 */
int evidence_read(const char *directory, const char *digest, const char *encoding,
		  int64_t offset, int64_t length, struct buffer *ret,
		  struct err *err) MUST_CHECK;

#endif
