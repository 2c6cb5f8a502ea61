import Foundation
import Gate
import GateTesting
import HTTPTypes
import Testing
import Transparency
import Witnesses

@Suite struct LogTests {
    private func key(_ api: API) async throws -> VerifierKey {
        let text = try await api.get("/v1/log/key", api.dialer).text
        #expect(text.hasSuffix("\n"))
        return try VerifierKey(String(text.dropLast()))
    }

    private func checkpoint(_ api: API, _ key: VerifierKey) async throws -> Checkpoint {
        let reply = try await api.get("/v1/log/checkpoint", api.dialer)
        #expect(reply.status == 200 && reply.headers[.contentType] == "text/plain; charset=utf-8")
        return try VerifiedCheckpoint(bytes: Array(reply.text.utf8), origin: key.name, log: [key]).checkpoint
    }

    @Test func everyDecisionHasAReceiptThatVerifiesWithTheKeyAlone() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let key = try await key(api)
            for verdict in ["allow", "deny"] {
                let answer = verdict == "allow" ? try await api.decide() : try await api.decide(phone: "110")
                #expect(answer["verdict"] == verdict)
                let reply = try await api.get("/v1/decisions/\(answer["id"]!)/proof", api.compliance)
                #expect(reply.status == 200, "\(reply.text)")
                let receipt = try Receipt(bytes: Array(reply.text.utf8))
                let size = try receipt.verify(origin: key.name, log: [key]).checkpoint.size
                #expect(receipt.index < size)
                var other = receipt
                other.entry?[20] ^= 1
                #expect(throws: TransparencyError.notIncluded(index: receipt.index, size: size)) {
                    try other.verify(origin: key.name, log: [key])
                }
                let parts = try await api.get(
                    "/v1/decisions/\(answer["id"]!)/proof", api.compliance, headers: [.accept: "application/json"]
                ).json
                #expect(parts.list("hashes").compactMap(\.string) == receipt.path.map { "\($0)" })
                #expect(parts["checkpoint"]?.string == "\(receipt.checkpoint)")
                #expect(parts.names == ["index", "size", "entry", "hashes", "checkpoint"])
            }
        }
    }

    @Test func whatIsNoDecisionHasNoReceipt() async throws {
        try await withAPI { api in
            let id = "0193a5f0-0000-7000-8000-000000100000"
            #expect(try await api.get("/v1/decisions/\(id)/proof", api.compliance).status == 404)
            // The registration of a caller id is an entry, but no decision.
            let made = try await api.post("/v1/caller-ids", api.operations, "{\"number\":\"+862223456789\"}")
            #expect(try await api.get("/v1/decisions/\(made["id"]!)/proof", api.compliance).status == 404)
        }
    }

    @Test func aLaterCheckpointIsProvedToContinueTheEarlier() async throws {
        try await withAPI { api in
            let key = try await key(api)
            let first = try await checkpoint(api, key)
            for n in 0..<5 { _ = try await api.decide(phone: "+861380000000\(n)") }
            let second = try await checkpoint(api, key)
            #expect(second.size >= first.size + 5)
            let reply = try await api.get(
                "/v1/log/consistency?from=\(first.size)&to=\(second.size)", api.compliance)
            let proof = ConsistencyProof(
                first: first.size, second: second.size,
                path: reply.json.list("hashes").compactMap { $0.string.flatMap { MerkleHash($0) } })
            #expect(proof.verifies(firstRoot: first.root, secondRoot: second.root))
            #expect(!proof.verifies(firstRoot: second.root, secondRoot: second.root))
            let newest = try await api.get("/v1/log/consistency?from=\(first.size)", api.compliance).json
            #expect(newest["to"] == reply.json["to"])
            for (query, pointer) in [
                ("", "/from"), ("?from=x", "/from"), ("?from=-1", "/from"), ("?from=4&to=2", "/from"),
                ("?from=0&to=y", "/to"), ("?from=0&too=1", "/too"),
            ] {
                let wrong = try await api.get("/v1/log/consistency" + query, api.compliance)
                #expect(wrong.status == 400 && wrong.pointers == [pointer], "\(query): \(wrong.text)")
            }
            // Beyond the log: not signed, and never will be if nothing is added.
            #expect(try await api.get("/v1/log/consistency?from=0&to=99999", api.compliance).status == 400)
        }
    }

    @Test func tilesAreThoseThatTheCheckpointIsMadeOf() async throws {
        try await withAPI { api in
            let key = try await key(api)
            let checkpoint = try await checkpoint(api, key)
            let size = Int(checkpoint.size)
            func bytes(_ path: String) async throws -> [UInt8]? {
                let response = try await api.client.executeRequest(
                    uri: "/v1/log/tile/" + path, method: .get,
                    headers: [.authorization: "Bearer \(api.compliance)"], body: nil)
                return response.status == .ok ? Array(response.body.readableBytesView) : nil
            }
            let entries = try EntryBundle.entries(
                try #require(try await bytes("entries/000.p/\(size)")), width: size)
            var edge = RightEdge()
            let runs = edge.append(contentsOf: entries.map { .leaf($0) })
            #expect(edge.root == checkpoint.root)
            #expect(try await bytes("0/000.p/\(size)") == runs[0].hashes.flatMap(\.bytes))
            for path in ["0/000", "0/001", "1/000", "0/0", "0/000.p/0", "entries/x000/000", "0/000.p/\(size + 1)"] {
                #expect(try await bytes(path) == nil, "\(path)")
            }
        }
    }

    @Test func whatAWitnessCosignedIsInReceiptsAndBundles() async throws {
        let witness = try TestWitness()
        try await withAPI(witnesses: [try Witness(witness.setting)]) { api in
            try await api.approveCallerID()
            let key = try await key(api)
            #expect(try await api.get("/v1/log/checkpoint/cosigned", api.dialer).status == 404)
            let answer = try await api.decide()
            let route = "/v1/decisions/\(answer["id"]!)/proof"
            func receipt() async throws -> VerifiedCheckpoint {
                try Receipt(bytes: Array(try await api.get(route, api.compliance).text.utf8)).verify(
                    origin: key.name, log: [key], witnesses: [witness.cosigner.verifierKey])
            }
            #expect(try await receipt().cosignatures.isEmpty)
            // It does not know the log: a bundle is made all the same.
            let body = "{\"decision\":\"\(answer["id"]!)\",\"reason\":\"r\"}"
            func bundle() async throws -> [UInt8] {
                let response = try await api.client.executeRequest(
                    uri: "/v1/evidence", method: .post, headers: [.authorization: "Bearer \(api.compliance)"],
                    body: .init(string: body))
                #expect(response.status == .ok)
                return Array(response.body.readableBytesView)
            }
            let alone = try await bundle()
            let ready = try await api.get("/readyz", nil)
            #expect(ready["status"] == "degraded")
            #expect(
                ready.json.list("problems").compactMap(\.string).contains {
                    $0.hasPrefix("the witness witness.example/w1: it does not know this log")
                })
            let metrics = try await api.get("/metrics", api.admin).text
            #expect(metrics.contains("callgate_witness_failing{witness=\"witness.example/w1\"} 1"))
            #expect(throws: EvidenceFault.self) {
                try EvidenceBundle.verify(alone, key: key, witnesses: [witness.cosigner.verifierKey])
            }
            #expect(try EvidenceBundle.verify(alone, key: key).cosignatures.isEmpty)
        }
        try await withAPI(witnesses: [try Witness(witness.setting)]) { api in
            try await api.approveCallerID()
            let key = try await key(api)
            witness.trust(key)
            let answer = try await api.decide()
            let response = try await api.client.executeRequest(
                uri: "/v1/evidence", method: .post, headers: [.authorization: "Bearer \(api.compliance)"],
                body: .init(string: "{\"decision\":\"\(answer["id"]!)\",\"reason\":\"r\"}"))
            let made = Array(response.body.readableBytesView)
            let found = try EvidenceBundle.verify(made, key: key, witnesses: [witness.cosigner.verifierKey])
            #expect(found.cosignatures.map(\.key) == [witness.cosigner.verifierKey])
            let other = try Cosigner(name: "witness.example/w1", seed: [UInt8](7...38)).verifierKey
            #expect(throws: EvidenceFault.self) { try EvidenceBundle.verify(made, key: key, witnesses: [other]) }
            let reply = try await api.get("/v1/decisions/\(answer["id"]!)/proof", api.compliance)
            let receipt = try Receipt(bytes: Array(reply.text.utf8))
            let verified = try receipt.verify(
                origin: key.name, log: [key], witnesses: [witness.cosigner.verifierKey], quorum: 1)
            #expect(throws: TransparencyError.tooFewCosignatures(wanted: 1, found: 0)) {
                try receipt.verify(origin: key.name, log: [key], witnesses: [other], quorum: 1)
            }
            let cosigned = try await api.get("/v1/log/checkpoint/cosigned", api.dialer)
            #expect(cosigned.status == 200 && cosigned.text == "\(verified.note)")
            #expect(try await api.get("/v1/log/checkpoint/cosigned", nil).status == 401)
            let metrics = try await api.get("/metrics", api.admin).text
            #expect(
                metrics.contains(
                    "callgate_witness_cosigned{witness=\"witness.example/w1\"} \(verified.checkpoint.size)"))
            #expect(try await api.get("/readyz", nil).text.contains("witness") == false)
        }
    }

    @Test func anSM2SignatureStandsBelowTheOtherWhereItIsAskedFor() async throws {
        try await withAPI { api in
            let none = try await api.get("/v1/log/key/sm2", api.dialer)
            #expect(none.status == 404)
        }
        try await withAPI(sm2: true) { api in
            try await api.approveCallerID()
            let key = try await key(api)
            let sm2 = try VerifierKey(String(try await api.get("/v1/log/key/sm2", api.dialer).text.dropLast()))
            #expect(sm2.kind == .sm2 && sm2.name == key.name)
            #expect(try await api.get("/v1/log/key/sm2", nil).status == 401)
            let answer = try await api.decide()
            let reply = try await api.get("/v1/decisions/\(answer["id"]!)/proof", api.compliance)
            let receipt = try Receipt(bytes: Array(reply.text.utf8))
            _ = try receipt.verify(origin: key.name, log: [key], also: [sm2])
            _ = try receipt.verify(origin: key.name, log: [sm2])
            let response = try await api.client.executeRequest(
                uri: "/v1/evidence", method: .post, headers: [.authorization: "Bearer \(api.compliance)"],
                body: .init(string: "{\"decision\":\"\(answer["id"]!)\",\"reason\":\"r\"}"))
            let bundle = Array(response.body.readableBytesView)
            #expect(try EvidenceBundle.verify(bundle, key: key, also: [sm2]).decisions == 1)
            let other = try SM2Signer(name: key.name, secret: [UInt8](1...32)).verifierKey
            #expect(throws: EvidenceFault.self) { try EvidenceBundle.verify(bundle, key: key, also: [other]) }
            #expect(throws: TransparencyError.notSigned(by: "\(other)")) {
                try receipt.verify(origin: key.name, log: [key], also: [other])
            }
        }
    }

    @Test func aLogThatCannotBeSignedIsToldAndCallsAreDecidedAllTheSame() async throws {
        try await withAPI { api in
            try await api.approveCallerID()
            let key = try await key(api)
            _ = try await checkpoint(api, key)
            try Data("x+00000000+AA==\n".utf8).write(to: URL(filePath: api.folder + "/data/tree/key"))
            try Data().write(to: URL(filePath: api.folder + "/data/tree/checkpoints"))
            #expect(try await api.get("/v1/log/checkpoint", api.dialer).status == 503)
            let ready = try await api.get("/readyz", nil)
            #expect(ready["status"] == "degraded")
            #expect(ready.text.contains("the log is not signed: the log was signed as"))
            #expect(try await api.decide()["verdict"] == "allow")
        }
    }
}
