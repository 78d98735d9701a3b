//! Pages as a browser shows them: what is seen after a click and a search, and what a person sees in a screenshot.

#[path = "../support/browser.rs"]
mod browser;
mod verify_page;
