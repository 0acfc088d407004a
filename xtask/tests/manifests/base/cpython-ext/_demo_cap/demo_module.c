/* PyInit__demo_cap */
