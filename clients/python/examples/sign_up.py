import os
import time

from latchkey import Latchkey

url = os.environ.get("LATCHKEY_URL", "http://127.0.0.1:3000")

with Latchkey(url, os.environ["LATCHKEY_SERVICE_TOKEN"]) as latchkey:
    key = latchkey.create_key("Mara Ott", "default", endpoints=["chat"]).data
    print(f"Give this token to {key['name']}, it is shown only once: {key['token']}")

    # Every node of Latchkey learns about the key, usually within a second.
    while key["status"] == "provisioning":
        time.sleep(0.1)
        key |= latchkey.request("GET", "/manage/v1/keys/{id}", values={"id": key["id"]}).data

    decision = latchkey.verify(key["token"], endpoint="chat")
    print(f"{decision.name} may chat" if decision.valid else f"Refused: {decision.code}")
