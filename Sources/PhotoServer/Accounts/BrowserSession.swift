/// Somebody who is signed in, in one browser.
struct BrowserSession: Sendable {
    let userName: String
    let role: String
    /// What the pages of this session send back with every change; never in a cookie.
    let csrfToken: String
    /// Names the session in the database.
    let tokenHash: String
}
