#include <libconfig.h>
#include <stdlib.h>

#include "config/config.h"

struct config_tree {
	config_t library; /* first: a node finds its tree through it */
	char *name;
};

static const config_setting_t *setting_of(const struct config_node *node)
{
	return (const config_setting_t *)node;
}

/* libconfig's getters take pointers to non-const, though they change nothing. */
static config_setting_t *reachable(const struct config_node *node)
{
	return (config_setting_t *)(uintptr_t)node;
}

static const char *tree_name(const struct config_node *node)
{
	return ((const struct config_tree *)(const void *)setting_of(node)->config)->name;
}

/* Making the text safe for libconfig ------------------------------------------ */

struct scan {
	const char *name;
	struct text text;
	size_t at;
	unsigned line;
	struct buffer *out;
};

static bool scan_looking_at(const struct scan *scan, const char *word)
{
	return text_starts_with(text_skip(scan->text, scan->at), text_of(word));
}

static void scan_copy(struct scan *scan, size_t length)
{
	struct text part = text_head(text_skip(scan->text, scan->at), length);

	for (size_t i = 0; i < part.length; i++)
		if (part.bytes[i] == '\n')
			scan->line++;
	buffer_add_text(scan->out, part);
	scan->at += part.length;
}

/* skip bytes of a beginning, then everything up to and with end. */
static int scan_copy_through(struct scan *scan, size_t skip, const char *end,
			     struct err *err)
{
	struct text rest = text_skip(scan->text, scan->at + skip);
	size_t length = text_find(rest, text_of(end));

	if (length == rest.length)
		return err_set(err, ERR_SYNTAX, "%s:%u: a comment is never closed",
			       scan->name, scan->line);
	scan_copy(scan, skip + length + strlen(end));
	return 0;
}

static void scan_copy_line(struct scan *scan)
{
	scan_copy(scan, text_find_byte(text_skip(scan->text, scan->at), '\n'));
}

static int scan_copy_string(struct scan *scan, struct err *err)
{
	size_t end = scan->at + 1;

	while (end < scan->text.length && scan->text.bytes[end] != '"')
		end += scan->text.bytes[end] == '\\' ? 2 : 1;
	if (end >= scan->text.length)
		return err_set(err, ERR_SYNTAX, "%s:%u: a text is never closed",
			       scan->name, scan->line);
	scan_copy(scan, end + 1 - scan->at);
	return 0;
}

static bool is_name_byte(char c)
{
	return is_alnum(c) || c == '_' || c == '-' || c == '*';
}

static void scan_copy_name(struct scan *scan)
{
	size_t end = scan->at;

	while (end < scan->text.length && is_name_byte(scan->text.bytes[end]))
		end++;
	scan_copy(scan, end - scan->at);
}

/* libconfig cuts an integer to 32 bits without a word unless it ends in L. */
static int scan_copy_number(struct scan *scan, struct err *err)
{
	struct text rest = text_skip(scan->text, scan->at);
	bool hexadecimal =
		rest.length > 1 && rest.bytes[0] == '0' && to_lower(rest.bytes[1]) == 'x';
	size_t end = hexadecimal ? 2 : 0, digits = 0;

	while (end < rest.length && (hexadecimal ? hex_digit(rest.bytes[end]) >= 0
						 : is_digit(rest.bytes[end])))
		end++, digits++;
	if (digits > (hexadecimal ? 15 : 18))
		return err_set(err, ERR_SYNTAX,
			       "%s:%u: a number of %zu digits is too large", scan->name,
			       scan->line, digits);
	scan_copy(scan, end);
	bool whole = end == rest.length ||
		     (rest.bytes[end] != '.' && !is_alnum(rest.bytes[end]));
	if (whole)
		buffer_add_byte(scan->out, 'L');
	else /* a fraction, an exponent or an L: as it stands */
		while (scan->at < scan->text.length &&
		       (is_alnum(scan->text.bytes[scan->at]) ||
			scan->text.bytes[scan->at] == '.'))
			scan_copy(scan, 1);
	return 0;
}

static int scan_step(struct scan *scan, struct err *err)
{
	char c = scan->text.bytes[scan->at];

	if (c == '@')
		return err_set(err, ERR_SYNTAX, "%s:%u: @include is not allowed",
			       scan->name, scan->line);
	if (c == '"')
		return scan_copy_string(scan, err);
	if (scan_looking_at(scan, "/*"))
		return scan_copy_through(scan, 2, "*/", err);
	if (is_digit(c))
		return scan_copy_number(scan, err);
	if (c == '#' || scan_looking_at(scan, "//"))
		scan_copy_line(scan);
	else if (is_alpha(c) || c == '*')
		scan_copy_name(scan);
	else
		scan_copy(scan, 1);
	return 0;
}

/* Append to out what libconfig may read: wide numbers, no includes. */
static int text_prepare(const char *name, struct text text, struct buffer *out,
			struct err *err)
{
	struct scan scan = {.name = name, .text = text, .line = 1, .out = out};
	struct text head;
	unsigned line = 1;

	if (text.length > CONFIG_TREE_LIMIT)
		return err_set(err, ERR_SYNTAX, "%s: longer than %u bytes", name,
			       CONFIG_TREE_LIMIT);
	head = text_head(text, text_utf8_valid(text));
	head.length = text_find_byte(head, '\0');
	if (head.length < text.length) {
		for (size_t i = 0; i < head.length; i++)
			line += head.bytes[i] == '\n';
		return err_set(err, ERR_SYNTAX, "%s:%u: not UTF-8 text", name, line);
	}
	while (scan.at < text.length) {
		int r = scan_step(&scan, err);
		if (r < 0)
			return r;
	}
	buffer_add_byte(out, '\n');
	if (out->failed)
		return err_set(err, ERR_MEMORY, "%s: out of memory", name);
	return 0;
}

/* The tree ---------------------------------------------------------------------- */

void config_tree_free(struct config_tree *tree)
{
	if (!tree)
		return;
	config_destroy(&tree->library);
	free(tree->name);
	free(tree);
}

void config_tree_clean(struct config_tree **tree)
{
	config_tree_free(*tree);
}

static struct config_tree *tree_new(const char *name)
{
	struct config_tree *tree = calloc(1, sizeof(*tree));
	size_t size = strlen(name) + 1;

	if (!tree)
		return NULL;
	config_init(&tree->library);
	tree->name = malloc(size);
	if (!tree->name) {
		config_tree_free(tree);
		return NULL;
	}
	memcpy(tree->name, name, size);
	return tree;
}

int config_tree_parse(const char *name, struct text text, struct config_tree **ret_tree,
		      struct err *err)
{
	CLEAN(buffer) struct buffer prepared;
	CLEAN(config_tree) struct config_tree *tree = NULL;
	int r;

	buffer_init(&prepared, 2 * (size_t)CONFIG_TREE_LIMIT);
	r = text_prepare(name, text, &prepared, err);
	if (r < 0)
		return r;
	tree = tree_new(name);
	if (!tree)
		return err_set(err, ERR_MEMORY, "%s: out of memory", name);
	if (config_read_string(&tree->library, prepared.data) != CONFIG_TRUE)
		return err_set(err, ERR_SYNTAX, "%s:%d: %s", name,
			       config_error_line(&tree->library),
			       config_error_text(&tree->library));
	*ret_tree = tree;
	tree = NULL;
	return 0;
}

const struct config_node *config_tree_root(const struct config_tree *tree)
{
	return (const struct config_node *)config_root_setting(&tree->library);
}

const char *config_node_name(const struct config_node *node)
{
	return config_setting_name(setting_of(node));
}

unsigned config_node_line(const struct config_node *node)
{
	return (unsigned)config_setting_source_line(setting_of(node));
}

size_t config_node_count(const struct config_node *node)
{
	return config_setting_is_aggregate(setting_of(node))
		       ? (size_t)config_setting_length(setting_of(node))
		       : 0;
}

const struct config_node *config_node_at(const struct config_node *node, size_t index)
{
	return (const struct config_node *)config_setting_get_elem(reachable(node),
								   (unsigned)index);
}

bool config_node_is_group(const struct config_node *node)
{
	return config_setting_is_group(setting_of(node));
}

bool config_node_is_text(const struct config_node *node)
{
	return config_setting_type(setting_of(node)) == CONFIG_TYPE_STRING;
}

const char *config_node_as_text(const struct config_node *node)
{
	return config_setting_get_string(setting_of(node));
}

int config_node_error(const struct config_node *node, struct err *err, const char *format,
		      ...)
{
	CLEAN(buffer) struct buffer words;
	unsigned line = config_node_line(node);
	va_list list;

	buffer_init(&words, 1024);
	va_start(list, format);
	buffer_add_format_list(&words, format, list);
	va_end(list);
	if (line == 0)
		return err_set(err, ERR_SYNTAX, "%s: %.*s", tree_name(node),
			       TEXT_PRINT(buffer_text(&words)));
	return err_set(err, ERR_SYNTAX, "%s:%u: %.*s", tree_name(node), line,
		       TEXT_PRINT(buffer_text(&words)));
}

int config_node_check(const struct config_node *group, const char *const *keys,
		      struct err *err)
{
	for (size_t i = 0; i < config_node_count(group); i++) {
		const struct config_node *member = config_node_at(group, i);
		const char *const *key = keys;

		while (*key && strcmp(*key, config_node_name(member)) != 0)
			key++;
		if (!*key)
			return config_node_error(member, err, "\"%s\" is not known here",
						 config_node_name(member));
	}
	return 0;
}

/* Getters ----------------------------------------------------------------------- */

static int member_find(const struct config_node *group, const char *key,
		       enum config_presence presence,
		       const struct config_node **ret_member, struct err *err)
{
	const config_setting_t *member = config_setting_get_member(reachable(group), key);

	if (member) {
		*ret_member = (const struct config_node *)member;
		return 1;
	}
	if (presence == CONFIG_REQUIRED)
		return config_node_error(group, err, "\"%s\" is missing", key);
	return 0;
}

int config_node_text(const struct config_node *group, const char *key,
		     enum config_presence presence, const char **ret_text,
		     struct err *err)
{
	const struct config_node *member = NULL;
	int r = member_find(group, key, presence, &member, err);

	if (r <= 0)
		return r;
	if (!config_node_is_text(member))
		return config_node_error(member, err,
					 "%s must be a text in double quotes", key);
	*ret_text = config_setting_get_string(setting_of(member));
	return 1;
}

const char *config_node_item(const struct config_node *item)
{
	return config_node_is_text(item) ? config_setting_get_string(setting_of(item)) : NULL;
}

int config_node_number(const struct config_node *group, const char *key,
		       enum config_presence presence, int64_t least, int64_t most,
		       int64_t *ret_number, struct err *err)
{
	const struct config_node *member = NULL;
	int r = member_find(group, key, presence, &member, err);
	int64_t number = 0;
	bool whole;

	if (r <= 0)
		return r;
	whole = config_setting_type(setting_of(member)) == CONFIG_TYPE_INT64;
	if (whole)
		number = config_setting_get_int64(setting_of(member));
	if (!whole || number < least || number > most)
		return config_node_error(member, err,
					 "%s must be a whole number from %lld to %lld",
					 key, (long long)least, (long long)most);
	*ret_number = number;
	return 1;
}

int config_node_bool(const struct config_node *group, const char *key,
		     enum config_presence presence, bool *ret_value, struct err *err)
{
	const struct config_node *member = NULL;
	int r = member_find(group, key, presence, &member, err);

	if (r <= 0)
		return r;
	if (config_setting_type(setting_of(member)) != CONFIG_TYPE_BOOL)
		return config_node_error(member, err, "%s must be true or false", key);
	*ret_value = config_setting_get_bool(setting_of(member));
	return 1;
}

int config_node_group(const struct config_node *group, const char *key,
		      enum config_presence presence, const struct config_node **ret_group,
		      struct err *err)
{
	const struct config_node *member = NULL;
	int r = member_find(group, key, presence, &member, err);

	if (r <= 0)
		return r;
	if (!config_node_is_group(member))
		return config_node_error(member, err, "%s must be a group: { ... }", key);
	*ret_group = member;
	return 1;
}

int config_node_list(const struct config_node *group, const char *key,
		     enum config_presence presence, const struct config_node **ret_list,
		     struct err *err)
{
	const struct config_node *member = NULL;
	int r = member_find(group, key, presence, &member, err);

	if (r <= 0)
		return r;
	if (config_node_is_group(member) ||
	    !config_setting_is_aggregate(setting_of(member)))
		return config_node_error(member, err, "%s must be a list: ( ... )", key);
	*ret_list = member;
	return 1;
}
