import CNGHTTP2

/// A request as HTTP/2 sends it: a list of fields and content, in memory that whoever made the request keeps.
///
/// Plain memory, so that an engine can send one many thousand times: names and values are pointed at, never copied.
/// Whoever makes it ends it, after all sessions that have sent it.
public struct HTTP2Request {
  let fields: UnsafeMutablePointer<nghttp2_nv>
  let count: Int
  let body: UnsafePointer<UInt8>?
  let bodyCount: Int

  /// - Parameters:
  ///   - fields: names in lower case and their values, `:method`, `:scheme`, `:authority` and `:path` first.
  ///   - body: the content; nil where the request ends with its fields.
  ///   - isCopied: whether a session copies the fields when it is given the request, so that they need not stay. The
  ///     body has to, until the request is complete, reset or cancelled.
  public init(
    fields: [(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>)], body: UnsafeBufferPointer<UInt8>?,
    isCopied: Bool = false
  ) {
    count = fields.count
    let flags = isCopied ? 0 : NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
    self.fields = .allocate(capacity: max(1, fields.count))
    for (i, field) in fields.enumerated() {
      // The library asks for mutable memory and only reads it.
      (self.fields + i).initialize(
        to: nghttp2_nv(
          name: UnsafeMutablePointer(mutating: field.name.baseAddress),
          value: UnsafeMutablePointer(mutating: field.value.baseAddress), namelen: field.name.count,
          valuelen: field.value.count,
          flags: UInt8(flags)))
    }
    self.body = body?.baseAddress
    bodyCount = self.body == nil ? 0 : body?.count ?? 0
  }

  public func end() { fields.deallocate() }
}
