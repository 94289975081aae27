/*
 * config: muster.conf and its table of options, and the reader of libconfig
 * texts that it shares with standards. Floor 1: the only room that sees
 * libconfig.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/base.h"

/* The tree of a text --------------------------------------------------------
 *
 * Read-only. A node is a group (named members), a list (members by place) or
 * a scalar. Nodes and texts live as long as their tree. Every error is
 * ERR_SYNTAX and begins with "NAME:LINE: ".
 */

#define CONFIG_TREE_LIMIT (4u << 20)   /* bytes of text that are read at most */

struct config_tree;
struct config_node;

/*
 * Parse a whole text; name stands for it in messages. Refused besides bad
 * syntax: NUL, invalid UTF-8, @include (a text names no other files), a
 * member given twice, numbers of more than 18 digits.
 */
int config_tree_parse(const char *name, struct text text, struct config_tree **ret_tree,
		      struct err *err) MUST_CHECK;
void config_tree_free(struct config_tree *tree);       /* NULL is allowed */
void config_tree_clean(struct config_tree **tree);     /* for CLEAN(config_tree) */
const struct config_node *config_tree_root(const struct config_tree *tree);

/* NULL for the root and for members of a list. */
const char *config_node_name(const struct config_node *node);
unsigned config_node_line(const struct config_node *node);
/* Members of a group or list, in the order of the text; 0 for a scalar. */
size_t config_node_count(const struct config_node *node);
const struct config_node *config_node_at(const struct config_node *node, size_t index);
bool config_node_is_group(const struct config_node *node);
bool config_node_is_text(const struct config_node *node);

/* The text of a node that is one. */
const char *config_node_as_text(const struct config_node *node);

/* Says "NAME:LINE: " and the words; returns -ERR_SYNTAX. */
int config_node_error(const struct config_node *node, struct err *err, const char *format,
		      ...) PRINTF_LIKE(3, 4);

/* Refuse a group that has a member not in keys (which NULL ends). */
int config_node_check(const struct config_node *group, const char *const *keys,
		      struct err *err) MUST_CHECK;

/*
 * A member of a group by its key. 1: *ret holds it; 0: absent, *ret is
 * untouched (never so where it is required); negative: an error, which says
 * what was expected.
 */
enum config_presence { CONFIG_OPTIONAL, CONFIG_REQUIRED };
int config_node_text(const struct config_node *group, const char *key,
		     enum config_presence presence, const char **ret_text,
		     struct err *err) MUST_CHECK;
/* A member of a list that is a text; NULL where it is none. */
const char *config_node_item(const struct config_node *item);
int config_node_number(const struct config_node *group, const char *key,
		       enum config_presence presence, int64_t least, int64_t most,
		       int64_t *ret_number, struct err *err) MUST_CHECK;
int config_node_bool(const struct config_node *group, const char *key,
		     enum config_presence presence, bool *ret_value,
		     struct err *err) MUST_CHECK;
int config_node_group(const struct config_node *group, const char *key,
		      enum config_presence presence, const struct config_node **ret_group,
		      struct err *err) MUST_CHECK;
int config_node_list(const struct config_node *group, const char *key,
		     enum config_presence presence, const struct config_node **ret_list,
		     struct err *err) MUST_CHECK;

/* muster.conf -----------------------------------------------------------------
 *
 * struct config has one member an option, SECTION_NAME: const char * for
 * TEXT, bool for BOOL, struct config_texts for LIST, int64_t for the others.
 */

struct config_texts {
	const char *const *items;
	size_t count;
};

#define OPTION_TYPE_TEXT const char *
#define OPTION_TYPE_NUMBER int64_t
#define OPTION_TYPE_SIZE int64_t
#define OPTION_TYPE_SECONDS int64_t
#define OPTION_TYPE_BOOL bool
#define OPTION_TYPE_LIST struct config_texts

struct config {
#define SECTION(name, meaning)
#define OPTION(section, name, kind, standard, least, most, reloadable, summary)          \
	OPTION_TYPE_##kind section##_##name;
#include "config/options.def"
#undef OPTION
#undef SECTION
	struct arena *arena;   /* holds the texts */
};

/*
 * Read muster.conf. instance_directory comes out absolute. Every error is
 * ERR_CONFIG and names file, line, option and what it may be.
 */
int config_load(const char *path, struct config *ret_config, struct err *err) MUST_CHECK;
/*
 * The same from a text: directory is that of the file, and a relative
 * instance.directory is taken from there.
 */
int config_parse(const char *name, struct text text, const char *directory,
		 struct config *ret_config, struct err *err) MUST_CHECK;
void config_done(struct config *config);
void config_clean(struct config *config);      /* for CLEAN(config) */

/*
 * A muster.conf with every option and its summary. Those that have their
 * default stand as comments; all of them where config is NULL.
 */
void config_print(const struct config *config, struct buffer *out);

enum config_kind {
	CONFIG_KIND_TEXT,
	CONFIG_KIND_NUMBER,
	CONFIG_KIND_SIZE,
	CONFIG_KIND_SECONDS,
	CONFIG_KIND_BOOL,
	CONFIG_KIND_LIST,
};
/* A row of options.def, for manual pages and completion. */
struct config_option {
	const char *section, *name;
	enum config_kind kind;
	const char *standard_text;     /* default of TEXT, else "" */
	int64_t standard_number;       /* default of the other kinds */
	int64_t least, most;
	bool reloadable;
	const char *summary;
	size_t offset;                 /* in struct config */
};
const struct config_option *config_options(size_t *ret_count);
/* What a section is about; NULL for an unknown one. */
const char *config_section_meaning(const char *section);

#endif
