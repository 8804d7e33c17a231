// Signs requests in the browser: ACS3-HMAC-SHA256, by WebCrypto.

const SCHEME = "ACS3-HMAC-SHA256";
const encoder = new TextEncoder();

/** The headers of a POST to this path (without a query), signed now. `more` are x-acs-* headers to be signed as well. */
export async function sign(keys, { host, path, body, type, more = {} }) {
  const hash = hex(await crypto.subtle.digest("SHA-256", encoder.encode(body)));
  const headers = {
    host,
    "content-type": type,
    "x-acs-content-sha256": hash,
    "x-acs-date": new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    "x-acs-signature-nonce": hex(crypto.getRandomValues(new Uint8Array(16))),
    ...more,
  };
  if (keys.token) headers["x-acs-security-token"] = keys.token;
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name].trim()}\n`).join("");
  const canonical = ["POST", path, "", lines, names.join(";"), hash].join("\n");
  const digest = hex(await crypto.subtle.digest("SHA-256", encoder.encode(canonical)));
  const key = await crypto.subtle.importKey(
    "raw", encoder.encode(keys.secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"],
  );
  const signature = hex(await crypto.subtle.sign("HMAC", key, encoder.encode(`${SCHEME}\n${digest}`)));
  delete headers.host; // the browser sends it
  return {
    ...headers,
    Authorization: `${SCHEME} Credential=${keys.id},SignedHeaders=${names.join(";")},Signature=${signature}`,
  };
}

function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
