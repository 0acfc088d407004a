// The page through which the host tells a program of signals and of the terminal: wit/deps/pylon-host says what is in it.
#ifndef PYLON_ATTENTION_H
#define PYLON_ATTENTION_H

#include <stdint.h>

typedef struct {
    volatile uint32_t interrupts;
    volatile uint32_t resizes;
    volatile uint32_t columns, rows;
    volatile uint32_t changes;
    uint32_t iflag, oflag, cflag, lflag;
    uint8_t minimum, time, erase, interrupt;
    volatile uint32_t wanted;
    volatile uint32_t came, seen, told[32];
    volatile uint32_t timer_requests, timer_answers;
    uint32_t timer, timer_new[4];
    volatile uint32_t timer_old[4];
} attention_page;

// All zeros where the host does not know of it.
extern attention_page attention;

// Of each program: a word that it looks at all the time, and in `bits` those that make it look at the page.
uint32_t *attention_watched_word(uint32_t *bits);

#endif
