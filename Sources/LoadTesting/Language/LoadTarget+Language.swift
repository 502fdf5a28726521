extension LoadTarget {
  /// The head of a request with a JSON body, up to the number of its bytes.
  var postHead: String {
    // The length is named last, so that what stands before it stays as it is.
    let request = try? request(method: "POST", path: path, headers: ["Content-Length: 0"], body: [0x7B])
    return String(decoding: request?.bytes.dropLast(6) ?? [], as: UTF8.self)
  }
}
