import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Modal, ModalOverlay } from 'react-aria-components';

export interface DialogProps {
  isOpen: boolean;
  /** Escape, a click beside the dialog, or one of its own buttons. */
  onClose: () => void;
  children: ReactNode;
}

/**
 * A question in front of the page. Whoever opens it holds its state, so that it stays open when the button that opened it goes away.
 *
 *     <Dialog isOpen={isOpen} onClose={() => setOpen(false)}>
 *       <Heading slot="title">Cancel the order?</Heading>
 *       <div className="dialog-buttons">...</div>
 *     </Dialog>
 */
export function Dialog({ isOpen, onClose, children }: DialogProps) {
  return (
    <ModalOverlay className="dialog-ground" isDismissable isOpen={isOpen} onOpenChange={(open) => open || onClose()}>
      <Modal className="dialog-frame">
        <AriaDialog className="dialog">{children}</AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
