/*
 * daemon: musterd, the supervisor and intake. It starts one muster-writer and
 * some muster-readers, takes what contractors drop, makes it evidence, hands
 * it out, and writes the receipts. It never looks into a log. Floor 5.
 *
 * One process, one thread, one loop: daemon.c. What it keeps in order are
 * deliveries (in_work.c), fed from the spool (intake.c) and worked on by
 * children (supervisor.c, child.c). Nothing of this outlives the process:
 * after a crash everything is found again in the spool and in the books.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "base/base.h"

struct daemon_options {
	const char *config;    /* path of muster.conf */
	const char *libexec;   /* directory of muster-reader and muster-writer */
	const char *muster;    /* the command muster, for what is judged again; NULL: nothing is */
	unsigned readers;      /* 0: as the configuration says */
	bool once;             /* end when the spool is empty */
	bool debug;
};

/*
 * Work until a signal says stop or, with once, until the spool is empty. 0
 * or negative; ERR_REFUSED is another musterd at work on this instance.
 */
int daemon_run(const struct daemon_options *options, struct err *err) MUST_CHECK;

#endif
