pytest_plugins = ["pytester", "tests.plugins.browser", "tests.plugins.skips"]
