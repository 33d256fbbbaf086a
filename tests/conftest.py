pytest_plugins = ["pytester", "tests.plugins.browser", "tests.plugins.mongodb", "tests.plugins.skips"]
