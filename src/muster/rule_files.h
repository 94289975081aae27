/* Files and directories of rules, for the commands about rules. */
#ifndef MUSTER_RULE_FILES_H
#define MUSTER_RULE_FILES_H

#include "sigma/sigma.h"

/*
 * Add a file, or every *.yml and *.yaml below a directory in the order of
 * names; one without any is an error. Returns the number of documents
 * refused, or a negative error.
 */
int rule_files_add(struct sigma_set *set, const char *path, sigma_notice_function *notice,
		   void *context, struct err *err) MUST_CHECK;

#endif
