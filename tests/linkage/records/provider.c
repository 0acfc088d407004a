#include "cap.h"

typedef exports_test_records_api_point_t point_t;
typedef exports_test_records_api_person_t person_t;

void
exports_test_records_api_centre(exports_test_records_api_corners_t *corners, point_t *ret)
{
    *ret = (point_t){0, 0};
    for (size_t i = 0; i < corners->len; i++) {
        ret->x += corners->ptr[i].x / (double)corners->len;
        ret->y += corners->ptr[i].y / (double)corners->len;
    }
    exports_test_records_api_corners_free(corners);
}

void
exports_test_records_api_older(person_t *person, uint8_t years, person_t *ret)
{
    *ret = *person;
    ret->age += years;
}

void
exports_test_records_api_swap(cap_tuple2_string_u32_t *pair, cap_tuple2_u32_string_t *ret)
{
    *ret = (cap_tuple2_u32_string_t){pair->f1, pair->f0};
}

void
exports_test_records_api_next(exports_test_records_api_single_t *value, exports_test_records_api_single_t *ret)
{
    ret->only = value->only + 1;
}

/* Takes one person out of the list and frees the others with it. The list is not empty. */
void
exports_test_records_api_oldest(exports_test_records_api_list_person_t *people, person_t *ret)
{
    size_t oldest = 0;
    for (size_t i = 1; i < people->len; i++) {
        if (people->ptr[i].age > people->ptr[oldest].age)
            oldest = i;
    }
    *ret = people->ptr[oldest];
    people->ptr[oldest] = (person_t){0};
    exports_test_records_api_list_person_free(people);
}
