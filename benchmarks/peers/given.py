"""What a peer bot is told by its environment, and what it says: the same walk in all of them."""

import os

PORT = int(os.environ["BOT_PORT"])
ENDPOINT = os.environ["ENDPOINT"]
FOLDER = os.environ["BOT_FOLDER"]
VARIANT = os.environ.get("VARIANT", "")
REDIS_PORT = os.environ.get("REDIS_PORT", "")
TOKEN = "42:TESTTESTTESTTESTTESTTESTTESTTESTTEST"
SECRET = "bench-secret"

MENU = (
    "Welcome STEP1. Reply 1) lunch 2) dinner 3) cancel",
    "You chose {} STEP2. Confirm? (yes/no)",
    "Booked, thank you STEP3. See you soon!",
)
