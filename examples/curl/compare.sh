#!/usr/bin/env bash
# CompareFaces with curl and openssl, signed by RPC v1 (HMAC-SHA1):
#
#   VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… bash compare.sh one.jpg another.jpg
#
# `visage call CompareFaces SourceImageType=FacePic SourceImageValue=@one.jpg …` does the same without any of this.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# RFC 3986: all but A-Za-z0-9-_.~ percent-encoded; images are too long for arguments, so it reads and writes files.
encode() { od -An -v -tx1 -w1 | tr -d ' ' | sed 's/^/%/' | tr 'a-f' 'A-F' | tr -d '\n' | sed "$unreserved"; }
unreserved=$(for byte in {48..57} {65..90} {97..122} 45 46 95 126; do
  printf 's/%%%02X/\\x%02x/g;' "$byte" "$byte"
done)
encoded() { printf %s "$1" | encode; }

# In alphabetical order, which is that of the signature.
fields=(
  "AccessKeyId=$(encoded "$VISAGE_KEY_ID")"
  "Action=CompareFaces"
  "Format=JSON"
  "SignatureMethod=HMAC-SHA1"
  "SignatureNonce=$(openssl rand -hex 16)"
  "SignatureVersion=1.0"
  "SourceImageType=FacePic"
)
{
  printf '%s&' "${fields[@]}"
  printf 'SourceImageValue='
  { printf 'base64://'; base64 -w0 "$1"; } | encode
  printf '&TargetImageType=FacePic&TargetImageValue='
  { printf 'base64://'; base64 -w0 "$2"; } | encode
  printf '&Timestamp=%s&Version=2019-03-07' "$(encoded "$(date -u +%Y-%m-%dT%H:%M:%SZ)")"
} > "$work/form"
{ printf 'POST&%%2F&'; sed 's/%/%25/g; s/&/%26/g; s/=/%3D/g' "$work/form"; } > "$work/string"
signature=$(openssl dgst -sha1 -hmac "$VISAGE_KEY_SECRET&" -binary "$work/string" | base64)
printf '&Signature=%s' "$(encoded "$signature")" >> "$work/form"
curl --silent --show-error --max-time 10 "$VISAGE_ENDPOINT/" \
  -H 'Content-Type: application/x-www-form-urlencoded' --data-binary "@$work/form"
echo
