/*
 * The terminal for a full-screen view: raw keys in, lines out. It is put back
 * as it was by terminal_end(), which is also called when the program is told
 * to end.
 */
#ifndef MUSTER_TERMINAL_H
#define MUSTER_TERMINAL_H

#include "desk/desk.h"

struct terminal;
/* ERR_REFUSED where standard input and output are no terminal that can be drawn on. */
int terminal_begin(bool colour, struct terminal **ret_terminal, struct err *err) MUST_CHECK;
void terminal_end(struct terminal *terminal);          /* NULL is allowed */
void terminal_clean(struct terminal **terminal);       /* for CLEAN(terminal) */

void terminal_size(const struct terminal *terminal, unsigned *ret_width,
		   unsigned *ret_height);

#define TERMINAL_NOTHING 0         /* no key within that time */
#define TERMINAL_RESIZED (-1)
#define TERMINAL_GONE (-2)         /* told to end, or nobody is there any more */
/* The next key, as desk_key() takes it, or one of these. */
int terminal_key(struct terminal *terminal, int milliseconds);
/* A key is there already. */
bool terminal_key_waits(struct terminal *terminal);

/* Only lines that differ from those drawn before are written. */
int terminal_draw(struct terminal *terminal, const struct desk_screen *screen,
		  struct err *err) MUST_CHECK;

#endif
