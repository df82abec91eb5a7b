import NIOCore

/// Encodes the headers of a client's calls with HPACK (RFC 7541).
///
/// What does not change from call to call is put into the server's table once and named by its number from then on. Nothing
/// is ever evicted: what the table has no room for is spelled out each time.
struct HTTP2RequestEncoder {
    private struct Field: Hashable {
        let name: String
        let value: String

        /// What it counts for in the table (section 4.1).
        var tableBytes: Int { self.name.utf8.count + self.value.utf8.count + 32 }
    }

    /// How a field is to be spelled (section 6.2).
    private enum Literal {
        case indexed
        case plain
        /// Also for those who pass it on: the value is a secret.
        case neverIndexed
    }

    /// The names in the static table that calls use (appendix A).
    private static let staticNames = [":authority": 1, ":path": 4, "content-type": 31, "user-agent": 58]
    private static let dynamicStart = 62

    private let leading: [UInt8]
    private let common: [Field]
    /// In which order fields were put into the table.
    private var positions: [Field: Int] = [:]
    private var tableBytes = 0
    private var tableBytesMaximum = HTTP2Wire.defaultHeaderTableBytes
    private var owesEmptying = false
    /// What is the same for all calls of a path, ready made for as long as the table has so many fields.
    private var heads: [String: (block: [UInt8], fields: Int)] = [:]

    init(endpoint: GRPCEndpoint) {
        // `:method: POST` and `:scheme` are in the static table.
        self.leading = [0x83, endpoint.usesTLS ? 0x87 : 0x86]
        self.common = [
            Field(name: ":authority", value: endpoint.authority),
            Field(name: "te", value: "trailers"),
            Field(name: "content-type", value: "application/grpc"),
            Field(name: "user-agent", value: "vitrine-etcd-client"),
        ]
    }

    /// Takes the setting HEADER_TABLE_SIZE. A server that wants a smaller table than is usual gets none.
    mutating func limitTable(to bytes: Int) {
        guard bytes < self.tableBytesMaximum else { return }
        self.positions = [:]
        self.heads = [:]
        self.tableBytes = 0
        self.tableBytesMaximum = 0
        self.owesEmptying = true
    }

    /// The header block of a call. Send every one that was made, in this order: the server's table depends on it.
    mutating func encode(_ head: GRPCRequestHead, timeout: TimeAmount?) -> [UInt8] {
        var block: [UInt8] = []
        if self.owesEmptying {
            self.owesEmptying = false
            block += HPACKLiteral.integer(0, prefixBits: 5, flags: 0x20)
        }
        if let ready = self.heads[head.path], ready.fields == self.positions.count {
            block += ready.block
        } else {
            block += self.encodeStart(head.path)
        }
        if let timeout {
            // Differs from call to call: no use in the table.
            Self.append(Field(name: "grpc-timeout", value: GRPCTimeout.format(timeout)), as: .plain, to: &block)
        }
        for item in head.metadata {
            let field = Field(name: item.name, value: item.value)
            if item.isSecret {
                Self.append(field, as: .neverIndexed, to: &block)
            } else if item.isUnique {
                Self.append(field, as: .plain, to: &block)
            } else {
                self.append(field, to: &block)
            }
        }
        return block
    }

    private mutating func encodeStart(_ path: String) -> [UInt8] {
        let fieldsBefore = self.positions.count
        var start = self.leading
        self.append(Field(name: ":path", value: path), to: &start)
        for field in self.common { self.append(field, to: &start) }
        // What puts fields into the table is not to be sent twice.
        if self.positions.count == fieldsBefore { self.heads[path] = (start, fieldsBefore) }
        return start
    }

    private mutating func append(_ field: Field, to block: inout [UInt8]) {
        if let position = self.positions[field] {
            let index = Self.dynamicStart + self.positions.count - 1 - position
            block += HPACKLiteral.integer(index, prefixBits: 7, flags: 0x80)
        } else if self.tableBytes + field.tableBytes <= self.tableBytesMaximum {
            Self.append(field, as: .indexed, to: &block)
            self.positions[field] = self.positions.count
            self.tableBytes += field.tableBytes
        } else {
            Self.append(field, as: .plain, to: &block)
        }
    }

    private static func append(_ field: Field, as literal: Literal, to block: inout [UInt8]) {
        let name = Self.staticNames[field.name] ?? 0
        switch literal {
        case .indexed: block += HPACKLiteral.integer(name, prefixBits: 6, flags: 0x40)
        case .plain: block += HPACKLiteral.integer(name, prefixBits: 4, flags: 0x00)
        case .neverIndexed: block += HPACKLiteral.integer(name, prefixBits: 4, flags: 0x10)
        }
        if name == 0 { block += HPACKLiteral.text(field.name) }
        block += HPACKLiteral.text(field.value)
    }
}
