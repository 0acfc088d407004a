/* PyInit__other_cap */
