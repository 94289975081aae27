/* Letters to contractors, put together from the books. */
#ifndef WRITER_LETTERS_H
#define WRITER_LETTERS_H

#include "store/store.h"

/*
 * Append the letter as text and behind it as JSON; *ret_text_length: how
 * much of it is text. sent: moment at which it goes out.
 */
int letter_compose(struct pg *pg, const struct store_letter *letter, int64_t sent,
		   struct buffer *out, uint32_t *ret_text_length, struct err *err) MUST_CHECK;

#endif
