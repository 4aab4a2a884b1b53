import os

from fastapi import FastAPI
from latchkey import AsyncLatchkey
from latchkey.fastapi import LatchkeyMiddleware, VerifiedKey

verifier = AsyncLatchkey(os.environ.get("LATCHKEY_URL", "http://127.0.0.1:3000"))

app = FastAPI()
app.add_middleware(LatchkeyMiddleware, verifier=verifier)


@app.post("/api/v1/chat/completions")
async def chat(key: VerifiedKey) -> dict[str, str | None]:
    return {"hello": key.name, "environment": key.environment}
