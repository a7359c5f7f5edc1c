/// Keys and certificates made for tests only, valid for a hundred years; nothing real trusts them.
enum TestCertificates {
    /// The CA of the test cluster.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBijCCATGgAwIBAgIUJ+qzMI4zztcy3RaDEAmZ9HZFfCowCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjIxODQzMjBaGA8yMTI2MTAyOTE4
        NDMyMFowEjEQMA4GA1UEAwwHVGVzdCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEH
        A0IABHAz561tGwo0/1CYgn7f8UK+WlDVgnhw3C+aHC2gNHE79K7z4iGiYJ2Zvr64
        YAb6c4MAD3NI6TZ7ENHVyQ1LyWejYzBhMB0GA1UdDgQWBBRnCzloO5cArpe0bezT
        tafpUB2IKjAfBgNVHSMEGDAWgBRnCzloO5cArpe0bezTtafpUB2IKjAPBgNVHRMB
        Af8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQDAgNHADBEAiAJjwWq
        XQr8X9LFGExAPryf/7i1YWNOYmp6mD+EXzHBdQIgbdFs7w+UtZBLXWQVbYvVnWNG
        0LM3zlQMuZ/WYUnraBM=
        -----END CERTIFICATE-----
        """

    /// A controller's certificate, for `juju-apiserver`, `localhost` and `127.0.0.1`, for servers and clients.
    static let controller = """
        -----BEGIN CERTIFICATE-----
        MIIB1TCCAXugAwIBAgIUBvU/CU6/nr0WSnRl8UwJlyJrknkwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjIxODQzMjBaGA8yMTI2MTAyOTE4
        NDMyMFowFzEVMBMGA1UEAwwMY29udHJvbGxlci0xMFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEpXzF1tV18Buh3uuRDKWxG6L2SV5FZcFpJ2wzXifCXcXSI4qBZgU3
        asw8WZzOebc6gJxWaoQzl2gMSZOimHIZX6OBpzCBpDA4BgNVHREEMTAvgg5qdWp1
        LWFwaXNlcnZlcoIJbG9jYWxob3N0hwR/AAABggxjb250cm9sbGVyLTEwHQYDVR0l
        BBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMAkGA1UdEwQCMAAwHQYDVR0OBBYEFDlv
        4nu7Ab+UjoSP29YIWifUf61vMB8GA1UdIwQYMBaAFGcLOWg7lwCul7Rt7NO1p+lQ
        HYgqMAoGCCqGSM49BAMCA0gAMEUCIFXilPAkadiwEdJ+VxDoeAVlRSMgviA5VkAk
        gDx8TvMfAiEAyraWgltGnysr5/pOmxATpUvW90eeKVvJ0q+scjGTzIc=
        -----END CERTIFICATE-----
        """

    /// The key of `controller`.
    static let controllerKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgan329Q6zkOI5Aw4U
        rEmDCgFZc67ceu6W9WqKz/2A75ehRANCAASlfMXW1XXwG6He65EMpbEbovZJXkVl
        wWknbDNeJ8JdxdIjioFmBTdqzDxZnM55tzqAnFZqhDOXaAxJk6KYchlf
        -----END PRIVATE KEY-----
        """

    /// A CA the test cluster knows nothing of.
    static let foreignAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBgjCCASegAwIBAgIUZTYmy9wUnp/UOSm/PLdQ8BLbq1kwCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKRm9yZWlnbiBDQTAgFw0yNjExMjIxODQzMjBaGA8yMTI2MTAy
        OTE4NDMyMFowFTETMBEGA1UEAwwKRm9yZWlnbiBDQTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABMA3gh3yTjd8TOyXoK/SlW4hQiYlQab6NNH7daD7B/avMlijwIWB
        RgiMeBfwsXsf+StK5k4Cp2kOC7icPBripSyjUzBRMB0GA1UdDgQWBBSl+PGgsIFF
        W/5ksXdZOBJ3vK2VojAfBgNVHSMEGDAWgBSl+PGgsIFFW/5ksXdZOBJ3vK2VojAP
        BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCn+Out6WtpDEr5bADG
        K1c+pqZQ+gk1BEsDMRzMv9+UEQIhAKrJdu4bKFDdVzEBdcLwF/VScGRqwCDp89LH
        mwg14BSU
        -----END CERTIFICATE-----
        """
}
