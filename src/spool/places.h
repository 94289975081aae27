/* Private to spool: its open directories. */
#ifndef SPOOL_PLACES_H
#define SPOOL_PLACES_H

#include "spool/spool.h"

struct spool {
	int root;              /* DIRECTORY/spool */
	int evidence;          /* DIRECTORY/evidence */
	char *directory;
};

/* Open a place of a contractor; never through a link. Descriptor or negative. */
int place_open(const struct spool *spool, const char *code, enum spool_place place,
	       struct err *err);
/* Tell each name in a place, and the directory that it is in. 0 or negative. */
int place_each(const struct spool *spool, const char *code, enum spool_place place,
	       void (*tell)(void *context, int directory, const char *name), void *context,
	       struct err *err);
const char *place_name(enum spool_place place);

/* Of a claimed file that is ours and stays as it is; nothing else has it. */
#define SPOOL_TAKEN_MODE 01440

#endif
