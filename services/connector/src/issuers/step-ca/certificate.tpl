{
  "subject": { "extraNames": {{ toJson .Token.binnacle.subject }} },
  "uris": [{{ toJson .Token.binnacle.uri }}],
  "keyUsage": ["digitalSignature"],
  "extKeyUsage": ["clientAuth"],
  "basicConstraints": { "isCA": false }
}
