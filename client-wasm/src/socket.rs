//! The glue between the session core and the browser: one websocket, one timer, no decisions.
//!
//! Each verb gives the core one input and then takes all of its outputs, until it asks for nothing but time.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use bytes::Bytes;
use domain::{PlanId, TimestampMs};
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use session::{Event, Output, Session};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use crate::browser;

/// The page ends the connection on purpose.
const CLOSE_NORMAL: u16 = 1000;

/// Hears what the session tells, after each input.
type Listener = Box<dyn Fn(Vec<Event>)>;

/// A session and its connection.
pub(crate) struct Link {
    session: RefCell<Session>,
    plan: PlanId,
    socket: RefCell<Option<Socket>>,
    timer: Cell<Option<TimeoutHandle>>,
    listener: RefCell<Option<Listener>>,
    itself: Weak<Self>,
}

impl Link {
    /// A link that is not connected yet: see [`Link::start`].
    pub(crate) fn new(session: Session, plan: PlanId) -> Rc<Self> {
        Rc::new_cyclic(|itself| Self {
            session: RefCell::new(session),
            plan,
            socket: RefCell::new(None),
            timer: Cell::new(None),
            listener: RefCell::new(None),
            itself: itself.clone(),
        })
    }

    /// Connects, and tells `listener` everything from now on.
    pub(crate) fn start(&self, listener: impl Fn(Vec<Event>) + 'static) {
        *self.listener.borrow_mut() = Some(Box::new(listener));
        self.input(|_, _| ());
    }

    /// Ends the connection and the timer; the session is not used again.
    pub(crate) fn stop(&self) {
        self.listener.borrow_mut().take();
        self.socket.borrow_mut().take();
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    /// Looks at the session.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Session) -> T) -> T {
        look(&self.session.borrow())
    }

    /// Gives the session one input and carries out what it asks for.
    pub(crate) fn input<T>(&self, input: impl FnOnce(&mut Session, TimestampMs) -> T) -> T {
        let mut events = Vec::new();
        let answer = {
            let mut session = self.session.borrow_mut();
            let answer = input(&mut session, browser::now());
            while let Some(output) = session.poll_output() {
                match output {
                    Output::Connect => self.connect(),
                    Output::Disconnect => drop(self.socket.borrow_mut().take()),
                    Output::Send(bytes) => self.send(&bytes),
                    Output::Event(event) => events.push(event),
                    Output::Timeout(at) => {
                        self.wake_at(at);
                        break;
                    }
                }
            }
            answer
        };
        // The session is free again: what listens may give it the next input.
        if !events.is_empty()
            && let Some(listener) = &*self.listener.borrow()
        {
            listener(events);
        }
        answer
    }

    fn connect(&self) {
        let Some(address) = browser::socket_address(&format!("/api/v1/plans/{}/sync", self.plan)) else {
            return;
        };
        *self.socket.borrow_mut() = Socket::open(&address, self.itself.clone());
        if self.socket.borrow().is_none() {
            self.later(|link| link.input(Session::handle_disconnected));
        }
    }

    fn send(&self, bytes: &Bytes) {
        if let Some(socket) = &*self.socket.borrow() {
            // A socket that is closing says so by its close event; the session sends again after that.
            let _ = socket.raw.send_with_u8_array(bytes);
        }
    }

    fn wake_at(&self, at: TimestampMs) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
        let wait = u64::try_from(at.0.saturating_sub(browser::now().0)).unwrap_or(0);
        let itself = self.itself.clone();
        let wake = move || {
            if let Some(link) = itself.upgrade() {
                link.timer.set(None);
                link.input(Session::handle_timeout);
            }
        };
        self.timer
            .set(set_timeout_with_handle(wake, Duration::from_millis(wait)).ok());
    }

    /// Does something when the running input is done with.
    fn later(&self, then: impl FnOnce(&Self) + 'static) {
        let itself = self.itself.clone();
        leptos::leptos_dom::helpers::set_timeout(
            move || {
                if let Some(link) = itself.upgrade() {
                    then(&link);
                }
            },
            Duration::ZERO,
        );
    }
}

/// An open websocket with its listeners; dropping it closes it without a further word.
struct Socket {
    raw: WebSocket,
    _opened: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    fn open(address: &str, link: Weak<Link>) -> Option<Self> {
        let socket = WebSocket::new(address).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);

        let opened = {
            let link = link.clone();
            Closure::<dyn FnMut()>::new(move || {
                if let Some(link) = link.upgrade() {
                    link.input(Session::handle_connected);
                }
            })
        };
        let message = {
            let link = link.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let bytes = js_sys::Uint8Array::new(&event.data()).to_vec();
                if let Some(link) = link.upgrade() {
                    link.input(|session, now| session.handle_frame(now, &bytes));
                }
            })
        };
        let closed = Closure::<dyn FnMut(CloseEvent)>::new(move |_| {
            if let Some(link) = link.upgrade() {
                // Later: this listener may not be dropped while it runs.
                link.later(|link| {
                    link.socket.borrow_mut().take();
                    link.input(Session::handle_disconnected);
                });
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Some(Self {
            raw: socket,
            _opened: opened,
            _message: message,
            _closed: closed,
        })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.raw.set_onopen(None);
        self.raw.set_onmessage(None);
        self.raw.set_onclose(None);
        // Fails only for a code or reason that is not allowed.
        let _ = self.raw.close_with_code(CLOSE_NORMAL);
    }
}
