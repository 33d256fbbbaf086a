from hypothesis import settings

pytest_plugins = ["pytester", "tests.plugins.browser", "tests.plugins.mongodb", "tests.plugins.skips"]

# An example that takes long says that the machine is busy, nothing about the code.
settings.register_profile("sahut", deadline=None)
settings.load_profile("sahut")
