/* One event before all rules: what matching and judging one rule share. */
#ifndef SIGMA_MATCHER_H
#define SIGMA_MATCHER_H

#include "sigma/value.h"

/* An event is at hand until the next one; it must live as long. */
void matcher_begin(struct matcher *matcher, const struct event *event);
/* One of its parts is; part 0 is there where it has none. False: memory. */
bool matcher_part(struct matcher *matcher, uint32_t part);
/* Is the expression true of that part? */
bool matcher_holds(struct matcher *matcher, const struct expression *expression);
/* Walks the values that a field has there: start with *place 0. NULL behind the last. */
struct value *matcher_value(struct matcher *matcher, const struct field *field, uint32_t *place);

#endif
