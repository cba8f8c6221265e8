// Reads certificate signing requests (DER, each behind four octets of length) and answers one octet for each:
// 1 when Go's crypto/x509 parses it and its signature is right, else 0.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/binary"
	"io"
	"os"
)

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		var length uint32
		if binary.Read(in, binary.BigEndian, &length) != nil {
			return
		}
		der := make([]byte, length)
		if _, err := io.ReadFull(in, der); err != nil {
			return
		}
		answer := byte(0)
		if request, err := x509.ParseCertificateRequest(der); err == nil && request.CheckSignature() == nil {
			answer = 1
		}
		os.Stdout.Write([]byte{answer})
	}
}
