#include "casework/duty.h"

static const struct casework_moment_description moments[] = {
#define MOMENT(identifier, name, meaning) { name, meaning },
#include "casework/moments.def"
#undef MOMENT
};

#define DO false
#define KEEP true
static const struct casework_duty_description duties[] = {
#define DUTY(identifier, name, base, met, unit, amount, setting, kind, citation, meaning)  \
	{ name,    CASEWORK_MOMENT_##base, CASEWORK_MOMENT_##met, CASEWORK_##unit, amount, \
	  setting, kind,		   citation,		  meaning },
#include "casework/duties.def"
#undef DUTY
};
#undef DO
#undef KEEP

const struct casework_moment_description *casework_moment_describe(enum casework_moment moment)
{
	return &moments[moment];
}

bool casework_moment_find(struct text name, enum casework_moment *ret_moment)
{
	for (size_t i = 0; i < ARRAY_LENGTH(moments); i++)
		if (text_equal(text_of(moments[i].name), name)) {
			*ret_moment = (enum casework_moment)i;
			return true;
		}
	return false;
}

const struct casework_duty_description *casework_duty_describe(enum casework_duty duty)
{
	return &duties[duty];
}

bool casework_duty_find(struct text name, enum casework_duty *ret_duty)
{
	for (size_t i = 0; i < ARRAY_LENGTH(duties); i++)
		if (text_equal(text_of(duties[i].name), name)) {
			*ret_duty = (enum casework_duty)i;
			return true;
		}
	return false;
}
