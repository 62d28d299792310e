/* SPDX-License-Identifier: MIT */
/* nothing: the smallest program, for measuring what starting one costs. */
int main(void) {
        return 0;
}
