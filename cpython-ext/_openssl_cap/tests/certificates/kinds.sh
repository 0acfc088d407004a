# Makes the chains of the kinds of bad certificates, in kinds/: KIND.pem is what a server has, and root.pem who is believed.
set -e
mkdir -p kinds; cd kinds
O=openssl
new_key() { case $2 in "") $O ecparam -name prime256v1 -genkey -noout -out "$1.key" ;; *) $O genrsa -out "$1.key" "$2" 2> /dev/null ;; esac; }
AUTHORITY="basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash"
LEAF="basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=DNS:localhost\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid"
serial=100
# NAME, its issuer, its extensions, bits of an RSA key, the digest of its signature
issued() {
  serial=$((serial + 1)); new_key "$1" "$4"; printf "$3\n" > ext
  $O req -new -key "$1.key" -subj "/CN=$1" -out csr 2> /dev/null
  $O x509 -req -in csr -CA "$2.crt" -CAkey "$2.key" -set_serial $serial -days 36500 "-${5:-sha256}" -extfile ext -out "$1.crt" 2> /dev/null
}
# KIND, and the certificates that lead from it to root
chain() { kind=$1; shift; cat "$1.key" > "$kind.pem"; for one in "$@"; do cat "$one.crt" >> "$kind.pem"; done; }
new_key root
$O req -x509 -new -key root.key -subj "/CN=root" -days 36500 -addext "keyUsage=critical,keyCertSign,cRLSign" -out root.crt

issued good-ca root "$AUTHORITY"
issued leaf good-ca "$LEAF"
chain good leaf good-ca
chain incomplete leaf
# Keys and digests that are too weak.
issued weak good-ca "$LEAF" 1024; chain weak-key weak good-ca
issued weak-ca root "$AUTHORITY" 1024; issued under-weak weak-ca "$LEAF"; chain weak-authority under-weak weak-ca
issued sha1 good-ca "$LEAF" "" sha1; chain weak-digest sha1 good-ca
# What an authority may not issue.
issued short-ca root "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash"
issued deep-ca short-ca "$AUTHORITY"; issued deep deep-ca "$LEAF"; chain too-deep deep deep-ca short-ca
issued other-names-ca root "$AUTHORITY\nnameConstraints=critical,permitted;DNS:example.test"
issued outside other-names-ca "$LEAF"; chain not-permitted outside other-names-ca
issued without-ca root "$AUTHORITY\nnameConstraints=critical,excluded;DNS:localhost"
issued excluded without-ca "$LEAF"; chain excluded excluded without-ca
# Who is no authority.
issued plain root "$LEAF"; issued under-plain plain "$LEAF"; chain no-authority under-plain plain
issued no-signing-ca root "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash"
issued under-no-signing no-signing-ca "$LEAF"; chain no-signing under-no-signing no-signing-ca
# What a certificate is not for, and what nobody knows.
issued for-clients good-ca "$LEAF\nextendedKeyUsage=clientAuth"; chain for-clients for-clients good-ca
issued unknown good-ca "$LEAF\n1.3.6.1.4.1.99999.1=critical,DER:0500"; chain unknown-extension unknown good-ca
# A name of one label, and wildcards where there may be none.
issued wildcards good-ca "$(printf '%s' "$LEAF" | sed 's/DNS:localhost/DNS:*,DNS:*.test,DNS:*a.example.test,DNS:a.*.example.test,DNS:xn--*.example.test/')"
chain wildcards wildcards good-ca
# Only its common name says whose it is.
issued localhost good-ca "$(printf '%s' "$LEAF" | sed 's/subjectAltName=DNS:localhost.n//')"; chain common-name localhost good-ca
# Signed by another key than that of the authority whose name, and whose key's identifier, is in it.
identifier=$($O x509 -in good-ca.crt -noout -ext subjectKeyIdentifier | tail -1 | tr -d " ")
new_key false-ca; $O req -x509 -new -key false-ca.key -subj "/CN=good-ca" -days 36500 -addext "subjectKeyIdentifier=$identifier" -out false-ca.crt
issued forged false-ca "$LEAF"; chain forged forged good-ca

mv root.crt kept; rm -f ./*.key ./*.crt ext csr; mv kept root.pem
