#include "consumer.h"
#include "check.h"

typedef test_records_api_person_t person_t;

static void
show_person(const char *what, const person_t *person)
{
    printf("%s: ", what);
    PRINT_TEXT(person->name);
    printf(", %u, at %.17g %.17g, ", person->age, person->home.x, person->home.y);
    PRINT_LIST(person->nicknames, PRINT_TEXT);
    printf(", badge %u ", person->badge.f0);
    PRINT_TEXT(person->badge.f1.f0);
    printf(" %s\n", person->badge.f1.f1 ? "valid" : "invalid");
}

static void
centre(const char *what, test_records_api_corners_t corners)
{
    test_records_api_point_t point;
    test_records_api_centre(&corners, &point);
    printf("%s: ", what);
    PRINT(point.x);
    putchar(' ');
    PRINT(point.y);
    putchar('\n');
}

int
main(void)
{
    begin();
    test_records_api_corners_t square =
        LIST(test_records_api_corners_t, test_records_api_point_t, {0, 0}, {0, -3}, {5, 0}, {5, -3});
    centre("centre of a square", square);
    centre("centre of a point", (test_records_api_corners_t){square.ptr + 1, 1});
    centre("centre of nothing", (test_records_api_corners_t){NULL, 0});

    person_t people[] = {
        {
            .name = TEXT("Ada"),
            .age = 36,
            .home = {51.5, -0.125},
            .nicknames = LIST(consumer_list_string_t, consumer_string_t, TEXT("Countess"), TEXT(""), TEXT("A\xc3\xa9")),
            .badge = {1843, {TEXT("notes"), true}},
        },
        {
            .name = TEXT(""),
            .age = 255,
            .home = {-0.0, -INFINITY},
            .nicknames = {NULL, 0},
            .badge = {UINT16_MAX, {TEXT(""), false}},
        },
    };
    person_t result;
    test_records_api_older(&people[0], 1, &result);
    show_person("older", &result);
    test_records_api_person_free(&result);
    test_records_api_older(&people[1], 1, &result);
    show_person("older, over the end", &result);
    test_records_api_person_free(&result);
    show_person("still", &people[0]);

    test_records_api_list_person_t list = {people, 2};
    test_records_api_oldest(&list, &result);
    show_person("oldest of two", &result);
    test_records_api_person_free(&result);
    list.len = 1;
    test_records_api_oldest(&list, &result);
    show_person("oldest of one", &result);
    test_records_api_person_free(&result);

    consumer_tuple2_string_u32_t pair = {TEXT("left"), UINT32_MAX};
    consumer_tuple2_u32_string_t swapped;
    test_records_api_swap(&pair, &swapped);
    SHOW("swap 0", swapped.f0);
    SHOW_TEXT("swap 1", swapped.f1);
    consumer_tuple2_u32_string_free(&swapped);

    test_records_api_single_t single = {254};
    test_records_api_single_t next;
    test_records_api_next(&single, &next);
    SHOW("next", next.only);
    return finish();
}
