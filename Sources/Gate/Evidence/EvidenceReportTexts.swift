import Ledger

// The fixed texts of the report. A change of one is a new format of the bundle.
extension EvidenceReport {
    static let head = """
        <!DOCTYPE html>
        <html lang="zh">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>外呼决策证据 · Evidence of call decisions</title>
        <style>
        body { font: 14px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #111; }
        table { border-collapse: collapse; margin: .5em 0 1em; width: 100%; }
        th, td { border: 1px solid #bbb; padding: .25em .5em; text-align: left; vertical-align: top; }
        th { background: #f2f2f2; font-weight: 600; }
        td { overflow-wrap: anywhere; }
        section { border-top: 2px solid #333; margin-top: 2em; break-inside: avoid-page; }
        small { font-weight: 400; color: #555; }
        .allow, .deny { font-weight: 700; padding: .25em .5em; }
        .allow { background: #dff3e0; } .deny { background: #fbdcdc; } .note { background: #fdf3d0; padding: .25em .5em; }
        </style>
        </head>
        <body>

        """

    static let explanation = """
        <p>每条记录都附有收据（receipt.tlog-proof），证明它在日志签名检查点所覆盖的默克尔树中；签名、哈希与承诺可离线核验：
        <code>callgate log verify --bundle 文件</code>。公钥须另行向日志所有者核对。本证据包证明其中的记录真实存在且未被修改；
        记录是否齐全，以日志所有者的声明为准。</p>
        <p>Each entry comes with a receipt (receipt.tlog-proof) that proves it to be in the tree under the log's signed
        checkpoint. Signatures, hashes and commitments are checked offline: <code>callgate log verify --bundle FILE</code>.
        Compare the public key with one that you got from the log's owner in another way. The bundle proves that these
        entries are in the log and were not changed; that none is left out rests on its owner's word.</p>

        """

    static let readme = """
        外呼决策证据包 · Evidence of call decisions

        report.html    报告（中英文） the report, Chinese and English
        manifest.json  每个文件的 SHA-256 the SHA-256 of each file
        log/           日志公钥与签名检查点 the log's public key and its signed checkpoint (C2SP signed note)
        entries/N/     日志第 N 条记录 entry N of the log:
          core.cbor            被哈希的字节 the bytes that are hashed (leaf N-1 of the tree, RFC 9162)
          receipt.tlog-proof   收据 the receipt (C2SP tlog-proof)
          entry.json           可读内容 what it says
          personal.cbor        个人信息 the personal part: mask, number, customer, agent, record, keys, settled allow
          opening.bin          承诺的盐 the salt of the commitment, the last 32 bytes of core.cbor:
                               SHA-256(opening.bin ‖ personal.cbor)
        policies/      当时生效的政策文件 the policy's files then in force
        zones/         当时的时区数据 the time zone data (TZif)

        核验 To check:  callgate log verify --bundle FILE [--key KEY]
        公钥须另行核对。 Compare the key with one from the log's owner.

        """
}

extension EntryKind {
    /// What people call an entry of this kind, in the report of a bundle and wherever one entry is told.
    public var title: (chinese: String, english: String) {
        switch self {
        case .allow: ("允许外呼的决策", "Decision that allowed")
        case .deny: ("禁止外呼的决策", "Decision that denied")
        case .outcome: ("通话结果", "Outcome")
        case .snapshot: ("政策与名单快照", "Policy and lists in force")
        case .consent: ("同意", "Consent")
        case .consentWithdrawal: ("撤回同意", "Withdrawal of consent")
        case .optOut: ("拒绝", "Refusal")
        case .relationship: ("业务关系", "Relationship")
        case .appointment: ("预约", "Appointment")
        case .complaint: ("投诉", "Complaint")
        case .complaintStep: ("投诉处理", "Step of a complaint")
        case .importedAttempt: ("导入的外呼", "Call made outside the gate")
        case .lift: ("解除", "Lift")
        case .listRecord: ("名单记录", "Record of a list")
        case .stop: ("叫停", "Stop")
        case .callerID: ("主叫号码登记", "Caller id")
        case .campaign: ("外呼活动登记", "Campaign")
        case .vendor: ("外包商登记", "Vendor")
        case .calendar: ("节假日日历", "Calendar")
        case .list: ("名单版本", "Version of a list")
        case .importBatch: ("批量导入", "Imported file")
        case .change: ("登记变更", "Change of something registered")
        case .listEntry: ("名单条目", "Entry of a list")
        case .policy: ("政策生效", "Policy put in force")
        case .key: ("密钥或账号", "Key or account")
        case .keyRevocation: ("密钥或账号吊销", "Revocation of a key or account")
        case .access: ("查阅个人信息", "Access to personal data")
        case .emergency: ("紧急状态", "Emergency")
        case .abandonment: ("弃呼统计", "Abandoned calls")
        case .erasure: ("删除个人信息", "Erasure of a person")
        case .hold: ("法律保全", "Legal hold")
        case .retention: ("到期清除", "Removal by age")
        case .segmentDrop: ("旧日志段清除", "Dropped segment of the log")
        case .reconciliation: ("话单比对", "Reconciliation with call records")
        case .report: ("定期报告", "Periodic report")
        }
    }
}
