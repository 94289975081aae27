#include <limits.h>
#include <stdlib.h>

#include "config/config.h"

static const struct config_option options[] = {
#define SECTION(name, meaning)
#define STANDARD_TEXT_TEXT(value) value, 0
#define STANDARD_TEXT_NUMBER(value) "", value
#define STANDARD_TEXT_SIZE(value) "", value
#define STANDARD_TEXT_SECONDS(value) "", value
#define STANDARD_TEXT_BOOL(value) "", value
#define STANDARD_TEXT_LIST(value) value, 0
#define OPTION(section, name, kind, standard, least, most, reloadable, summary)          \
	{#section,                                                                       \
	 #name,                                                                          \
	 CONFIG_KIND_##kind,                                                             \
	 STANDARD_TEXT_##kind(standard),                                                 \
	 least,                                                                          \
	 most,                                                                           \
	 reloadable,                                                                     \
	 summary,                                                                        \
	 offsetof(struct config, section##_##name)},
#include "config/options.def"
#undef OPTION
#undef SECTION
};

static const struct {
	const char *name, *meaning;
} sections[] = {
#define SECTION(name, meaning) {#name, meaning},
#define OPTION(section, name, kind, standard, least, most, reloadable, summary)
#include "config/options.def"
#undef OPTION
#undef SECTION
};

const struct config_option *config_options(size_t *ret_count)
{
	*ret_count = ARRAY_LENGTH(options);
	return options;
}

const char *config_section_meaning(const char *section)
{
	for (size_t i = 0; i < ARRAY_LENGTH(sections); i++)
		if (strcmp(sections[i].name, section) == 0)
			return sections[i].meaning;
	return NULL;
}

/* Where an option's value lives ----------------------------------------------- */

static const char **text_place(struct config *config, const struct config_option *option)
{
	return (const char **)(void *)((char *)config + option->offset);
}

static int64_t *number_place(struct config *config, const struct config_option *option)
{
	return (int64_t *)(void *)((char *)config + option->offset);
}

static bool *bool_place(struct config *config, const struct config_option *option)
{
	return (bool *)(void *)((char *)config + option->offset);
}

static struct config_texts *list_place(struct config *config,
				       const struct config_option *option)
{
	return (struct config_texts *)(void *)((char *)config + option->offset);
}

static int64_t number_value(const struct config *config,
			    const struct config_option *option)
{
	const char *place = (const char *)config + option->offset;

	return option->kind == CONFIG_KIND_BOOL ? *(const bool *)(const void *)place
						: *(const int64_t *)(const void *)place;
}

static const char *text_value(const struct config *config,
			      const struct config_option *option)
{
	return *(const char *const *)(const void *)((const char *)config +
						    option->offset);
}

static const struct config_texts *list_value(const struct config *config,
					     const struct config_option *option)
{
	return (const struct config_texts *)(const void *)((const char *)config +
							   option->offset);
}

static void option_set_standard(struct config *config, const struct config_option *option)
{
	switch (option->kind) {
	case CONFIG_KIND_TEXT:
		*text_place(config, option) = option->standard_text;
		break;
	case CONFIG_KIND_BOOL:
		*bool_place(config, option) = option->standard_number != 0;
		break;
	case CONFIG_KIND_LIST:
		*list_place(config, option) = (struct config_texts){ NULL, 0 };
		break;
	case CONFIG_KIND_NUMBER:
	case CONFIG_KIND_SIZE:
	case CONFIG_KIND_SECONDS:
		*number_place(config, option) = option->standard_number;
		break;
	}
}

/* Reading ------------------------------------------------------------------------ */

/* "64G": whole number and K, M, G or T, powers of 1024. */
static bool size_from_text(struct text t, int64_t *ret_size)
{
	static const char units[] = "KMGT";
	const char *unit = t.length > 0 ? strchr(units, t.bytes[t.length - 1]) : NULL;
	unsigned shift = 0;
	uint64_t number;

	if (unit && *unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		t.length--;
	}
	if (!text_to_u64(t, &number) || number > (uint64_t)INT64_MAX >> shift)
		return false;
	*ret_size = (int64_t)(number << shift);
	return true;
}

static int read_text(const struct config_node *section,
		     const struct config_option *option, struct config *config,
		     struct err *err)
{
	const char *text = NULL;
	int r = config_node_text(section, option->name, CONFIG_REQUIRED, &text, err);

	if (r < 0)
		return r;
	if ((int64_t)strlen(text) < option->least || (int64_t)strlen(text) > option->most)
		return config_node_error(
			section, err, "%s must be %lld to %lld bytes long", option->name,
			(long long)option->least, (long long)option->most);
	*text_place(config, option) = arena_string(config->arena, text);
	if (!*text_place(config, option))
		return config_node_error(section, err, "%s: out of memory", option->name);
	return 0;
}

static int read_list(const struct config_node *section, const struct config_option *option,
		     struct config *config, struct err *err)
{
	const struct config_node *list = NULL;
	const char **items;
	size_t count;
	int r = config_node_list(section, option->name, CONFIG_REQUIRED, &list, err);

	if (r < 0)
		return r;
	count = config_node_count(list);
	if ((int64_t)count < option->least || (int64_t)count > option->most)
		return config_node_error(list, err, "%s must have %lld to %lld members",
					 option->name, (long long)option->least,
					 (long long)option->most);
	items = arena_get_many(config->arena, count + 1, sizeof(*items));
	for (size_t i = 0; items && i < count; i++) {
		const char *item = config_node_item(config_node_at(list, i));

		if (!item)
			return config_node_error(config_node_at(list, i), err,
						 "%s must be texts in double quotes",
						 option->name);
		items[i] = arena_string(config->arena, item);
		if (!items[i])
			items = NULL;
	}
	if (!items)
		return config_node_error(section, err, "%s: out of memory", option->name);
	*list_place(config, option) = (struct config_texts){ items, count };
	return 0;
}

static int read_number(const struct config_node *section,
		       const struct config_node *member,
		       const struct config_option *option, struct config *config,
		       struct err *err)
{
	bool seconds = option->kind == CONFIG_KIND_SECONDS;
	const char *text = NULL;
	int64_t number = 0;
	bool understood;
	int r;

	if (option->kind == CONFIG_KIND_NUMBER || !config_node_is_text(member)) {
		r = config_node_number(section, option->name, CONFIG_REQUIRED,
				       option->least, option->most,
				       number_place(config, option), err);
		return r < 0 ? r : 0;
	}
	r = config_node_text(section, option->name, CONFIG_REQUIRED, &text, err);
	if (r < 0)
		return r;
	understood = seconds ? calendar_duration(text_of(text), &number)
			     : size_from_text(text_of(text), &number);
	if (!understood || number < option->least || number > option->most)
		return config_node_error(
			member, err, "%s must be %s from %lld to %lld", option->name,
			seconds ? "seconds or a time such as \"15m\""
				: "bytes or a size such as \"64G\"",
			(long long)option->least, (long long)option->most);
	*number_place(config, option) = number;
	return 0;
}

static int read_option(const struct config_node *section,
		       const struct config_node *member,
		       const struct config_option *option, struct config *config,
		       struct err *err)
{
	int r;

	switch (option->kind) {
	case CONFIG_KIND_TEXT:
		return read_text(section, option, config, err);
	case CONFIG_KIND_BOOL:
		r = config_node_bool(section, option->name, CONFIG_REQUIRED,
				     bool_place(config, option), err);
		return r < 0 ? r : 0;
	case CONFIG_KIND_LIST:
		return read_list(section, option, config, err);
	case CONFIG_KIND_NUMBER:
	case CONFIG_KIND_SIZE:
	case CONFIG_KIND_SECONDS:
		break;
	}
	return read_number(section, member, option, config, err);
}

static const struct config_option *option_find(const char *section, const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
		if (strcmp(options[i].section, section) == 0 &&
		    strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

static int read_section(const struct config_node *section, struct config *config,
			struct err *err)
{
	const char *name = config_node_name(section);

	if (!config_section_meaning(name))
		return config_node_error(section, err, "\"%s\" is no section", name);
	if (!config_node_is_group(section))
		return config_node_error(section, err, "%s must be a group: { ... }",
					 name);
	for (size_t i = 0; i < config_node_count(section); i++) {
		const struct config_node *member = config_node_at(section, i);
		const struct config_option *option =
			option_find(name, config_node_name(member));
		int r;

		if (!option)
			return config_node_error(member, err, "%s has no option \"%s\"",
						 name, config_node_name(member));
		r = read_option(section, member, option, config, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_all(const char *name, struct text text, struct config *config,
		    struct err *err)
{
	CLEAN(config_tree) struct config_tree *tree = NULL;
	const struct config_node *root;
	int r = config_tree_parse(name, text, &tree, err);

	if (r < 0)
		return r;
	root = config_tree_root(tree);
	for (size_t i = 0; i < config_node_count(root); i++) {
		r = read_section(config_node_at(root, i), config, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int settle_directory(struct config *config, const char *directory, struct err *err)
{
	const char *given = config->instance_directory;

	if (*given == '/')
		return 0;
	config->instance_directory =
		*given ? arena_format(config->arena, "%s/%s",
				      strcmp(directory, "/") == 0 ? "" : directory, given)
		       : arena_string(config->arena, directory);
	if (!config->instance_directory)
		return err_set(err, ERR_MEMORY, "out of memory");
	return 0;
}

int config_parse(const char *name, struct text text, const char *directory,
		 struct config *ret_config, struct err *err)
{
	CLEAN(config) struct config config = {0};
	int r;

	config.arena = arena_new(1 << 20);
	if (!config.arena)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
		option_set_standard(&config, &options[i]);
	r = read_all(name, text, &config, err);
	if (r == 0)
		r = settle_directory(&config, directory, err);
	if (r == -ERR_SYNTAX) {
		if (err)
			err->code = ERR_CONFIG;
		return -ERR_CONFIG;
	}
	if (r < 0)
		return r;
	*ret_config = config;
	config.arena = NULL;
	return 0;
}

int config_load(const char *path, struct config *ret_config, struct err *err)
{
	CLEAN(buffer) struct buffer content;
	char directory[PATH_MAX];
	char *slash;
	int r;

	buffer_init(&content, 2 * (size_t)CONFIG_TREE_LIMIT);
	r = file_read_all(path, CONFIG_TREE_LIMIT, &content, err);
	if (r < 0)
		return r;
	if (!realpath(path, directory))
		return err_system(err, "%s", path);
	slash = strrchr(directory, '/');
	slash[slash == directory] = '\0';
	return config_parse(path, buffer_text(&content), directory, ret_config, err);
}

void config_done(struct config *config)
{
	arena_free(config->arena);
	config->arena = NULL;
}

void config_clean(struct config *config)
{
	config_done(config);
}

/* Writing ------------------------------------------------------------------------ */

static void print_quoted(struct buffer *out, const char *text)
{
	buffer_add_byte(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_add_byte(out, '\\');
		buffer_add_byte(out, *text);
	}
	buffer_add_byte(out, '"');
}

static void print_list(const struct config *config, const struct config_option *option,
		       struct buffer *out)
{
	const struct config_texts none = { NULL, 0 };
	const struct config_texts *texts = config ? list_value(config, option) : &none;

	buffer_add_format(out, "\t# %s\n\t%s%s = (", option->summary,
			  texts->count ? "" : "# ", option->name);
	for (size_t i = 0; i < texts->count; i++) {
		buffer_add_string(out, i ? ",\n\t\t" : "\n\t\t");
		print_quoted(out, texts->items[i]);
	}
	buffer_add_string(out, texts->count ? "\n\t);\n" : " );\n");
}

static void print_option(const struct config *config, const struct config_option *option,
			 struct buffer *out)
{
	bool is_text = option->kind == CONFIG_KIND_TEXT;
	const char *text =
		config && is_text ? text_value(config, option) : option->standard_text;
	int64_t number = config && !is_text ? number_value(config, option)
					    : option->standard_number;
	bool changed = is_text ? strcmp(text, option->standard_text) != 0
			       : number != option->standard_number;

	buffer_add_format(out, "\t# %s\n\t%s%s = ", option->summary, changed ? "" : "# ",
			  option->name);
	if (is_text)
		print_quoted(out, text);
	else if (option->kind == CONFIG_KIND_BOOL)
		buffer_add_string(out, number ? "true" : "false");
	else
		buffer_add_format(out, "%lld", (long long)number);
	buffer_add_string(out, ";\n");
}

void config_print(const struct config *config, struct buffer *out)
{
	buffer_add_string(out,
			  "# Settings of an instance of muster; see muster.conf(5).\n"
			  "# What stands behind a # is the default.\n");
	for (size_t i = 0; i < ARRAY_LENGTH(sections); i++) {
		buffer_add_format(out, "\n# %s\n%s: {\n", sections[i].meaning,
				  sections[i].name);
		for (size_t k = 0; k < ARRAY_LENGTH(options); k++)
			if (strcmp(options[k].section, sections[i].name) == 0)
				(options[k].kind == CONFIG_KIND_LIST ? print_list
								     : print_option)(
					config, &options[k], out);
		buffer_add_string(out, "};\n");
	}
}
