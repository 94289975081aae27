/* muster-document: what its parts share. All of it is mdoc(7). */
#ifndef MUSTER_DOCUMENT_H
#define MUSTER_DOCUMENT_H

#include "base/base.h"

/* Prose: hyphens are hyphens. One sentence as one line. */
void document_prose(struct buffer *out, const char *prose);
/* Half a sentence as a whole one. */
void document_sentence(struct buffer *out, const char *prose);

/* muster-document process LIST: the lists of room casework. False: no such. */
bool document_process(struct buffer *out, const char *list);

#endif
