/* What a suppression would hide, in words: for who asks and for who signs. */
#ifndef MUSTER_SUPPRESSION_WORDS_H
#define MUSTER_SUPPRESSION_WORDS_H

#include "muster/command.h"

/* Lines of at most width characters (0: 80): scope, end, numbers, owner, who has to sign. */
void suppression_preview_add(struct buffer *out, const struct store_suppression_preview *preview,
			     unsigned width, unsigned indent);
/* The same as members of an object. */
void suppression_preview_add_json(struct json *json,
				  const struct store_suppression_preview *preview);

#endif
