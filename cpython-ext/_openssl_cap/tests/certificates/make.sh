# makes the certificates of the tests
set -e
O="openssl"
newkey() { $O ecparam -name prime256v1 -genkey -noout -out $1.key; }
newkey ca; $O req -x509 -new -key ca.key -subj "/O=pylon tests/CN=authority" -days 36500 -sha256 -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem 2>/dev/null
newkey root; $O req -x509 -new -key root.key -subj "/CN=root" -days 36500 -addext "keyUsage=critical,keyCertSign,cRLSign" -out root.pem 2>/dev/null
leaf() { # name, subject, extensions, days, key args
  newkey $1; $O req -new -key $1.key -subj "$2" -out $1.csr 2>/dev/null
  printf "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n$3\n" > ext
  $O x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -set_serial $4 -days 36500 -sha256 -extfile ext -out $1.crt 2>/dev/null
  cat $1.key $1.crt > $1.pem; rm -f $1.csr ext
}
leaf server "/CN=localhost" "subjectAltName=DNS:localhost,DNS:*.example.test,IP:127.0.0.1" 2
leaf other "/CN=other.test" "subjectAltName=DNS:other.test" 3
leaf client "/CN=client" "extendedKeyUsage=clientAuth" 4
leaf revoked "/CN=localhost" "subjectAltName=DNS:localhost" 5
# expired and not yet valid
for n in expired:20200101000000Z:20210101000000Z:6 early:21000101000000Z:21010101000000Z:7; do
  IFS=: read name from to serial <<X
$n
X
  newkey $name; mkdir -p d; : > d/index.txt; echo 0$serial > d/serial
  cat > d/c.cnf <<C
[ca]
default_ca=x
[x]
database=d/index.txt
serial=d/serial
new_certs_dir=d
default_md=sha256
policy=p
x509_extensions=e
[p]
commonName=supplied
[e]
subjectAltName=DNS:localhost
C
  $O req -new -key $name.key -subj "/CN=localhost" -out $name.csr 2>/dev/null
  $O ca -batch -config d/c.cnf -cert ca.pem -keyfile ca.key -startdate $from -enddate $to -in $name.csr -out $name.crt -notext 2>/dev/null
  cat $name.key $name.crt > $name.pem; rm -rf d $name.csr
done
# a CA nobody trusts
newkey alien; $O req -x509 -new -key alien.key -subj "/CN=localhost" -days 36500 -addext "subjectAltName=DNS:localhost" -out alien.crt 2>/dev/null; cat alien.key alien.crt > alien.pem
# a revocation list
mkdir d; : > d/index.txt; echo 01 > d/crlnumber
cat > d/c.cnf <<C
[ca]
default_ca=x
[x]
database=d/index.txt
crlnumber=d/crlnumber
default_md=sha256
default_crl_days=36500
C
$O ca -config d/c.cnf -cert ca.pem -keyfile ca.key -revoke revoked.crt 2>/dev/null
$O ca -config d/c.cnf -cert ca.pem -keyfile ca.key -gencrl -out crl.pem 2>/dev/null
rm -rf d
# an encrypted key
$O pkcs8 -topk8 -in server.key -v2 aes-256-cbc -iter 2048 -passout pass:secret -out locked.key
# RSA
$O genrsa -out rsa.key 2048 2>/dev/null; $O req -new -key rsa.key -subj "/CN=localhost" -out rsa.csr 2>/dev/null; printf "subjectAltName=DNS:localhost\n" > ext; $O x509 -req -in rsa.csr -CA ca.pem -CAkey ca.key -set_serial 9 -days 36500 -sha256 -extfile ext -out rsa.crt 2>/dev/null; cat rsa.key rsa.crt > rsa.pem; rm rsa.csr ext
# DSA
$O genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:256 -out dsa.parameters 2>/dev/null
$O genpkey -paramfile dsa.parameters -out dsa.key; rm dsa.parameters
rm -f ca.key *.crt; for k in *.key; do case $k in locked.key | dsa.key) ;; *) rm $k;; esac; done
