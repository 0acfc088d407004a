/* PyInit__twin_cap */
